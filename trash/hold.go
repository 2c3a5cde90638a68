package trash

import (
	"net/http"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// longestNote is how many bytes the note of a hold may have.
const longestNote = 2000

func (q *request) hold() (reply, error) {
	return q.changeHold(access.Hold, "held", func() error {
		note := q.values.Get("note")
		if len(note) > longestNote {
			return unclear("The note is too long.")
		}
		return softdelete.Hold(q.ctx, q.db, q.id, note)
	})
}

func (q *request) release() (reply, error) {
	return q.changeHold(access.Release, "released", func() error {
		held, err := softdelete.Release(q.ctx, q.db, q.id)
		if err == nil && !held {
			err = &failure{status: http.StatusConflict, detail: "This deletion is not held."}
		}
		return err
	})
}

// changeHold begins or ends a hold.
func (q *request) changeHold(act access.Action, what string, change func() error) (reply, error) {
	_, concerned, err := q.lookUp()
	if err != nil {
		return reply{}, err
	}
	if err = q.may(access.Hold, concerned); err == nil {
		err = change()
	}
	if err = q.audit(act, nil, nil, err); err != nil {
		return reply{}, err
	}
	return reply{location: q.afterwards(what, 0), json: map[string]string{what: q.id}}, nil
}
