package trash

import (
	"database/sql"
	"net/http"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/access"
)

// longestNote is how many bytes the note of a hold may have.
const longestNote = 2000

func (q *request) hold() (reply, error) {
	return q.changeHold(access.Hold, "held", func(tx *sql.Tx) error {
		note := q.values.Get("note")
		if len(note) > longestNote {
			return unclear("The note is too long.")
		}
		return softdelete.Hold(q.ctx, tx, q.id, note)
	})
}

func (q *request) release() (reply, error) {
	return q.changeHold(access.Release, "released", func(tx *sql.Tx) error {
		held, err := softdelete.Release(q.ctx, tx, q.id)
		if err == nil && !held {
			err = &failure{status: http.StatusConflict, detail: "This deletion is not held."}
		}
		return err
	})
}

// changeHold begins or ends a hold.
func (q *request) changeHold(act access.Action, what string, change func(*sql.Tx) error) (reply, error) {
	_, concerned, err := q.lookUp()
	if err != nil {
		return reply{}, err
	}
	if err = q.may(access.Hold, concerned); err == nil {
		err = q.inTransaction(change)
	}
	if err = q.audit(act, nil, nil, err); err != nil {
		return reply{}, err
	}
	return reply{location: q.afterwards(what, 0), json: map[string]string{what: q.id}}, nil
}

// inTransaction makes a change, of which it is known whether it was made: an answer that
// says "nothing was changed" must be sure of it.
func (q *request) inTransaction(change func(*sql.Tx) error) error {
	tx, err := q.db.BeginTx(q.ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	if err := change(tx); err != nil {
		return err
	}
	err = tx.Commit()
	if err != nil && q.ctx.Err() != nil {
		return &failure{http.StatusServiceUnavailable, "The time was up at the very end: look whether it is held.", err}
	}
	return err
}
