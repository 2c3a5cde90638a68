// Package trash is a page, or a few, on which people find deleted rows and bring them
// back: an [http.Handler] that any program can mount beside its own, and that the command
// softdelete serve runs by itself.
//
//	h, err := trash.New(db, trash.Options{Options: access.Options{Authorize: mayThey}})
//	…
//	mux.Handle("/trash/", http.StripPrefix("/trash", h))
//
// The pages show what was deleted, by whom, when and why; the rows of a deletion as the
// foreign keys joined them; what a restore would bring back, and what is in its way. The
// same is there as JSON, under api/. Nothing of it needs JavaScript, a cookie or another
// server.
//
// What somebody may see and do is asked of Authorize, for every table that a request
// concerns. There is no default. What they do is told to Audit.
package trash
