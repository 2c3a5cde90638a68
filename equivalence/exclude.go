package equivalence

// exclude switches off what the driver is known to get wrong, so that a run
// shows what is new. Every switch names the fault; an empty struct is the goal.
var exclude = struct {
	aliasLists    bool
	lookAheadGaps bool // a comment between NOT and IN, NULLS and FIRST: pg_query does not parse it
	unixOrder     bool // failing expressions on tables with a unix marker: they can run before the marker test
}{lookAheadGaps: true, unixOrder: true}
