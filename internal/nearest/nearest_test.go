package nearest

import "testing"

func TestTo(t *testing.T) {
	for _, tt := range []struct {
		word, want string
		candidates []string
	}{
		{"colum", "column", []string{"name", "column", "columns"}},
		{"Users", "users", []string{"orders", "users"}},
		{"usres", "users", []string{"orders", "users"}},
		{"colour", "", []string{"tables", "foreign_keys", "discover", "journal"}},
		{"x", "", []string{"users"}},
		{"", "", []string{"users"}},
		{"users", "", nil},
	} {
		if got := To(tt.word, tt.candidates); got != tt.want {
			t.Errorf("To(%q, %q) = %q, want %q", tt.word, tt.candidates, got, tt.want)
		}
	}
}
