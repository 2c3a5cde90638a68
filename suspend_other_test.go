//go:build !unix

package softdelete_test

import "os"

// suspend does nothing where processes cannot be stopped.
func suspend(*os.Process) error { return nil }
