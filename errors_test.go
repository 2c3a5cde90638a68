package softdelete

import (
	"errors"
	"fmt"
	"testing"
)

func TestRefusedErrorMessage(t *testing.T) {
	for _, tt := range []struct {
		err  RefusedError
		want string
	}{
		{RefusedError{Why: "it is opaque"}, "softdelete: refused: it is opaque"},
		{
			RefusedError{Statement: "DELETE", Table: "users", Position: 17, Why: "it has no WHERE", Instead: "add one"},
			"softdelete: refused DELETE on users at character 17: it has no WHERE; add one",
		},
		{RefusedError{Statement: "DO", Why: "it is opaque", cause: ErrParse}, "softdelete: refused DO: it is opaque"},
		{RefusedError{Position: 1, Why: "syntax error"}, "softdelete: refused at character 1: syntax error"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// parserError stands for the parser's own; it cannot be compared with ==, and
// errors.Is must not try.
type parserError struct{ places []int }

func (parserError) Error() string { return "syntax error" }

func TestRefusedErrorIs(t *testing.T) {
	other := errors.New("other")
	for _, tt := range []struct {
		name      string
		cause     error
		is, isNot []error
	}{
		{"plain", nil, []error{ErrRefused}, []error{ErrParse, ErrUnboundedHardDelete, other}},
		{"unbounded", ErrUnboundedHardDelete, []error{ErrRefused, ErrUnboundedHardDelete}, []error{ErrParse, other}},
		{"parse", errors.Join(ErrParse, parserError{}), []error{ErrRefused, ErrParse}, []error{ErrUnboundedHardDelete, other}},
		{"not comparable", parserError{}, []error{ErrRefused}, []error{ErrParse, other, parserError{}}},
	} {
		err := fmt.Errorf("exec: %w", &RefusedError{Why: "why", Table: "users", cause: tt.cause})
		for _, target := range tt.is {
			if !errors.Is(err, target) {
				t.Errorf("%s: is not %v", tt.name, target)
			}
		}
		for _, target := range tt.isNot {
			if errors.Is(err, target) {
				t.Errorf("%s: is %v", tt.name, target)
			}
		}
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Table != "users" {
			t.Errorf("%s: errors.As does not find the *RefusedError", tt.name)
		}
	}
	var parser parserError
	if !errors.As(&RefusedError{cause: errors.Join(ErrParse, parserError{[]int{7}})}, &parser) || parser.places[0] != 7 {
		t.Error("errors.As does not find the parser's own error")
	}
}

func TestPolicyErrorMessage(t *testing.T) {
	for _, tt := range []struct {
		err  PolicyError
		want string
	}{
		{PolicyError{Problem: "p", Remedy: "r"}, "softdelete: policy: p; r"},
		{PolicyError{Path: "tables[2].column", Problem: "p", Remedy: "r"}, "softdelete: policy: tables[2].column: p; r"},
		{PolicyError{Path: "tables[2].column", Line: 7, Problem: "p", Remedy: "r"}, "softdelete: policy: tables[2].column (line 7): p; r"},
		{PolicyError{Line: 7, Problem: "p"}, "softdelete: policy: line 7: p"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
