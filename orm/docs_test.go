package orm

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var goBlock = regexp.MustCompile("(?ms)^```go[^\n]*\n(.*?)^```$")

// Each library has a page in docs, and the Go that stands there stands in the library's folder
// too, word for word but for the indentation: there it is compiled, and run.
func TestDocsShowGoThatRuns(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for _, entry := range entries {
		folder := entry.Name()
		if !entry.IsDir() || folder == "suite" {
			continue
		}
		also := "" // where else it may stand
		if folder == "pgx" {
			also = goOf(t, filepath.Join("..", "softpgx"))
		}
		pages++
		page, err := os.ReadFile(filepath.Join("..", "docs", folder+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		code := unindented(goOf(t, folder) + also)
		found := goBlock.FindAllSubmatch(page, -1)
		if len(found) < 3 {
			t.Errorf("docs/%s.md shows %d blocks of Go, at least 3 were expected", folder, len(found))
		}
		for _, b := range found {
			if !strings.Contains(code, unindented(string(b[1]))) {
				t.Errorf("docs/%s.md: orm/%s does not have these lines:\n%s", folder, folder, b[1])
			}
		}
	}
	if pages == 0 {
		t.Error("there is no library")
	}
}

// goOf returns all Go of a folder and those below it.
func goOf(t *testing.T, folder string) string {
	t.Helper()
	var code strings.Builder
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		code.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code.String()
}

func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}
