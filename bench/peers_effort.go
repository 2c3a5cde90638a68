package main

// peersEffort is how much is measured of the peers.
type peersEffort struct {
	shop       shopSize
	dead       []int // of 100 rows, in turn
	goroutines []int

	light, cascade, bulk taskEffort
}

// taskEffort is how often a task is done in turns, call by call, by one goroutine;
// and how often in slices by several.
type taskEffort struct{ turns, slices contestEffort }

func (e taskEffort) of(goroutines int) contestEffort {
	if goroutines == 1 {
		return e.turns
	}
	return e.slices
}

// families is how many users with tenChildren a way needs that restores none.
func (e peersEffort) families() int {
	n := 0
	for _, goroutines := range e.goroutines {
		if goroutines == 1 {
			n += e.cascade.turns.perContender()
		} else {
			n += e.cascade.slices.perRacer()
		}
	}
	return n
}

// lightEffort is for what takes less than a millisecond.
func lightEffort(e peersEffort) taskEffort   { return e.light }
func cascadeEffort(e peersEffort) taskEffort { return e.cascade }
func bulkEffort(e peersEffort) taskEffort    { return e.bulk }

var (
	fullPeers = peersEffort{
		shop: shopSize{users: 200_000, orders: 600_000, items: 1_200_000},
		dead: []int{0, 50, 90}, goroutines: []int{1, 8},
		light:   taskEffort{contestEffort{rounds: 60, calls: 40, life: 30}, contestEffort{rounds: 30, calls: 200}},
		cascade: taskEffort{contestEffort{rounds: 60, calls: 5, life: 30}, contestEffort{rounds: 20, calls: 40}},
		bulk:    taskEffort{contestEffort{rounds: 40, calls: 1, life: 20}, contestEffort{rounds: 15, calls: 8}},
	}
	quickPeers = peersEffort{
		shop: shopSize{users: 4_000, orders: 12_000, items: 24_000},
		dead: []int{50}, goroutines: []int{1, 8},
		light:   taskEffort{contestEffort{rounds: 10, calls: 5}, contestEffort{rounds: 2, calls: 32}},
		cascade: taskEffort{contestEffort{rounds: 5, calls: 2}, contestEffort{rounds: 2, calls: 16}},
		bulk:    taskEffort{contestEffort{rounds: 3, calls: 1, warm: 2}, contestEffort{rounds: 1, calls: 8}},
	}
)
