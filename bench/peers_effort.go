package main

// peersEffort is how much is measured of the peers.
type peersEffort struct {
	size     marketSize
	light    taskEffort // of what takes less than a millisecond
	families taskEffort
	bulk     taskEffort
}

type taskEffort struct {
	contestEffort
	slice int // calls of each contender in turn, spread over its goroutines
}

func lightEffort(e peersEffort) taskEffort    { return e.light }
func familiesEffort(e peersEffort) taskEffort { return e.families }
func bulkEffort(e peersEffort) taskEffort     { return e.bulk }
