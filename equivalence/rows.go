package equivalence

import (
	"fmt"
	"math/rand/v2"

	"github.com/softdelete-go/softdelete"
)

// Sequences go on from here. The keys stay below those that the generator gives.
const (
	firstNumber      = 40
	firstSequenceKey = 500
)

// fill gives a table its first rows.
func (s *schema) fill(r *rand.Rand, t *table) {
	n := 4 + r.IntN(4)
	if t.parent != nil || len(t.children) > 0 {
		n = 2 + r.IntN(3)
	}
	for i := range n {
		t.live = append(t.live, t.row(r, i, false))
	}
	if !t.policy || t.archived {
		return
	}
	for i := range 2 + r.IntN(n) {
		row := t.row(r, n+i, true)
		if r.IntN(2) == 0 {
			// A duplicate of a live row in all that may be equal.
			twin := t.live[r.IntN(n)]
			for k, c := range t.cols {
				if c.role == plainColumn || c.role == uniqueColumn && t.unique == uniqueAmongLive {
					row[k] = twin[k]
				}
			}
		}
		t.dead = append(t.dead, row)
	}
}

// row makes row i of a table; keys are unique over all tables of a tree.
func (t *table) row(r *rand.Rand, i int, dead bool) []string {
	var row []string
	for k, c := range t.cols {
		v := "NULL"
		switch c.role {
		case keyColumn:
			v = keyValue(c.typ, t.firstKey+i)
			if k > 0 {
				v = fmt.Sprint(1 + r.IntN(3))
			}
		case partColumn:
			v = t.partValue(r)
		case divisorColumn:
			switch {
			case dead:
				v = "0"
			case r.IntN(8) > 0:
				v = fmt.Sprint(1 + r.IntN(5))
			}
		case numeralColumn:
			switch {
			case dead:
				v = "'dead'"
			case r.IntN(6) > 0:
				v = literal(fmt.Sprint(1 + r.IntN(12)))
			}
		case numberColumn:
			v = fmt.Sprint(1 + i)
		case uniqueColumn:
			if r.IntN(5) > 0 {
				v = literal(fmt.Sprintf("e%d@x", i))
			}
		case markerColumn:
			switch {
			case dead:
				v = deadMarkers[t.marker]
			case t.marker == softdelete.Flag:
				v = "false"
			case t.marker != softdelete.Timestamp:
				v = "0"
			}
		default:
			if r.IntN(4) > 0 {
				v = randomValue(r, c.typ, dead)
			}
		}
		row = append(row, v)
	}
	return row
}

func (t *table) partValue(r *rand.Rand) string {
	if t.bound == "" {
		return fmt.Sprint(1 + r.IntN(5))
	}
	switch t.parent.children[0] {
	case t:
		return fmt.Sprint(1 + r.IntN(2))
	}
	if t == t.parent.children[1] {
		return "3"
	}
	return fmt.Sprint(4 + r.IntN(3))
}

// keyValue is a key made of a number.
func keyValue(t colType, n int) string {
	switch t {
	case tUUID:
		return fmt.Sprintf("'00000000-0000-0000-0000-%012d'", n)
	case tText:
		return fmt.Sprintf("'k%d'", n)
	}
	return fmt.Sprint(n)
}

// randomValue is a value out of few, so that duplicates abound.
func randomValue(r *rand.Rand, t colType, dead bool) string {
	switch t {
	case tInt, tBig:
		return fmt.Sprint(r.IntN(9) - 1)
	case tNum:
		return fmt.Sprintf("%d.%d0", r.IntN(6), 5*r.IntN(2))
	case tText:
		return []string{"''", "'a'", "'b'", "'it''s'", "'Ann'", "'x y'", "'10'", "'ü'"}[r.IntN(8)]
	case tBool:
		return []string{"true", "false"}[r.IntN(2)]
	case tDate:
		return fmt.Sprintf("'2024-02-%02d'", 1+r.IntN(4))
	case tTime:
		return fmt.Sprintf("'2024-02-%02d 12:00+00'", 1+r.IntN(4))
	case tJSON:
		if dead {
			return `'{"n": "dead", "v": true}'`
		}
		return []string{`'{"n": 1, "v": true}'`, `'{"n": 2}'`, `'{}'`, `'[1, 2]'`, `'{"v": null, "n": "3"}'`}[r.IntN(5)]
	case tArr:
		return []string{"'{}'", "'{1}'", "'{1,2}'", "'{2,NULL,3}'", "'{0}'"}[r.IntN(5)]
	}
	return keyValue(tUUID, 1+r.IntN(12))
}
