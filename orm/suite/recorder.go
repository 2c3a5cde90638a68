package suite

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// recorder notes what each step of the script answered.
type recorder struct {
	steps []step
}

type step struct {
	name   string
	own    bool // what it answers is the library's affair
	answer string
}

func (r *recorder) do(name string, f func() (any, error)) {
	r.steps = append(r.steps, step{name: name, answer: answer(f())})
}

// own is do for what libraries do differently: each is compared with itself only.
func (r *recorder) own(name string, f func() (any, error)) {
	r.do(name, f)
	r.steps[len(r.steps)-1].own = true
}

// answer is what was returned as text; of an error its class.
func answer(value any, err error) string {
	var state interface{ SQLState() string }
	switch {
	case err == nil:
		if v := reflect.ValueOf(value); v.Kind() == reflect.Slice && v.Len() == 0 {
			return "[]" // nil or not
		}
		b, err := json.Marshal(value)
		if err != nil {
			return err.Error()
		}
		return string(b)
	case errors.Is(err, errRollback):
		return fmt.Sprintf("rolled back after %v", value)
	case errors.Is(err, ErrNotFound):
		return "not found"
	case errors.As(err, &state):
		return "SQLSTATE " + state.SQLState()
	}
	return "error: " + err.Error()
}
