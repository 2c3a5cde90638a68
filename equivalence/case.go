package equivalence

// Case is a schema, its rows and statements.
type Case struct{}

func (c *Case) String() string { return "" }
