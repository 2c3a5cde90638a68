// Package rivershop has the suite's shop beside River, the job queue, whose tables are in
// the same database and not in the policy.
package rivershop

import (
	"context"
	"database/sql"
	"errors"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"github.com/softdelete-go/softdelete"
)

// ForgetArgs is a job that is to be done when a user was deleted.
type ForgetArgs struct {
	User int64 `json:"user"`
}

func (ForgetArgs) Kind() string { return "forget" }

// Leave deletes a user, and leaves a job: both or none.
func Leave(ctx context.Context, db *sql.DB, client *river.Client[*sql.Tx], user int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "DELETE FROM users WHERE id = $1", user); err != nil {
		return err
	}
	if _, err := client.InsertTx(ctx, tx, ForgetArgs{User: user}, nil); err != nil {
		return err
	}
	return tx.Commit()
}

// ForgetWorker does the job.
type ForgetWorker struct {
	river.WorkerDefaults[ForgetArgs]

	DB *sql.DB
}

// Work sees the user, who is deleted by now, under a scope. What it writes and the end of
// the job are one transaction.
func (w *ForgetWorker) Work(ctx context.Context, job *river.Job[ForgetArgs]) error {
	tx, err := w.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var email string
	deleted := softdelete.OnlyDeleted(ctx, "users")
	err = tx.QueryRowContext(deleted, "SELECT email FROM users WHERE id = $1", job.Args.User).Scan(&email)
	if errors.Is(err, sql.ErrNoRows) {
		return river.JobCancel(errors.New("the user is back, or gone for good"))
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO events (user_id, what) VALUES ($1, $2)", job.Args.User, "goodbye to "+email); err != nil {
		return err
	}
	if _, err := river.JobCompleteTx[*riverdatabasesql.Driver](ctx, tx, job); err != nil {
		return err
	}
	return tx.Commit()
}
