package pgast

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
)

// Parse is pg.Parse, but for the way that the tree takes from C to Go: as JSON, which
// the parser writes five times as fast as it does protobuf. It is for SELECT, INSERT,
// UPDATE, DELETE, MERGE and VALUES, WITH or without: in other statements JSON has not
// everything. It writes no negative numbers; they are read from the text, or the tree is taken as
// protobuf after all.
func Parse(sql string) (*pg.ParseResult, error) {
	text, err := parser.ParseToJSON(sql)
	if err != nil {
		return nil, err
	}
	d := decoder{json: text, sql: sql}
	tree := d.result()
	if d.failed || d.pos != len(text) {
		return pg.Parse(sql)
	}
	return tree, nil
}

// decoder reads what pg_query writes: JSON without white space. It is strict, and gives
// up at whatever it does not expect.
type decoder struct {
	json   string
	pos    int
	sql    string
	failed bool
}

func (d *decoder) fail() { d.failed, d.pos = true, len(d.json) }

// accept passes over a character if it is the next.
func (d *decoder) accept(c byte) bool {
	if d.pos < len(d.json) && d.json[d.pos] == c {
		d.pos++
		return true
	}
	return false
}

func (d *decoder) expect(c byte) {
	if !d.accept(c) {
		d.fail()
	}
}

// enter begins an object and returns its first key; ok is false if it is empty.
func (d *decoder) enter() (key string, ok bool) {
	d.expect('{')
	if d.accept('}') || d.failed {
		return "", false
	}
	return d.key()
}

// next returns the next key of an object, behind a value; ok is false at its end.
func (d *decoder) next() (key string, ok bool) {
	if d.accept('}') || d.failed {
		return "", false
	}
	d.expect(',')
	return d.key()
}

// leave ends an object that has one key.
func (d *decoder) leave() { d.expect('}') }

func (d *decoder) key() (string, bool) {
	d.expect('"')
	n := strings.IndexByte(d.json[d.pos:], '"')
	if n < 0 {
		d.fail()
		return "", false
	}
	key := d.json[d.pos : d.pos+n]
	d.pos += n + 1
	d.expect(':')
	return key, !d.failed
}

// empty is what stands for an empty place in a list, behind {}.
func (d *decoder) empty() *pg.Node {
	if d.failed {
		return nil
	}
	return new(pg.Node)
}

func (d *decoder) nodes() []*pg.Node {
	d.expect('[')
	if d.accept(']') {
		return nil
	}
	list := make([]*pg.Node, 0, 4)
	for !d.failed {
		list = append(list, d.node())
		if d.accept(']') {
			return list
		}
		d.expect(',')
	}
	return nil
}

func (d *decoder) int() int64 {
	start := d.pos
	d.accept('-')
	for d.pos < len(d.json) && '0' <= d.json[d.pos] && d.json[d.pos] <= '9' {
		d.pos++
	}
	n, err := strconv.ParseInt(d.json[start:d.pos], 10, 64)
	if err != nil {
		d.fail()
	}
	return n
}

func (d *decoder) bool() bool {
	if strings.HasPrefix(d.json[d.pos:], "true") {
		d.pos += len("true")
		return true
	}
	d.fail() // false is left out
	return false
}

func (d *decoder) enum(values map[string]int32) int32 {
	n, known := values[d.text()]
	if !known {
		d.fail()
	}
	return n
}

// text reads a string.
func (d *decoder) text() string {
	if strings.HasPrefix(d.json[d.pos:], "null") {
		d.pos += len("null")
		return ""
	}
	d.expect('"')
	for i := d.pos; i < len(d.json); i++ {
		switch d.json[i] {
		case '"':
			s := d.json[d.pos:i]
			d.pos = i + 1
			return s
		case '\\':
			return d.escaped()
		}
	}
	d.fail()
	return ""
}

// escaped reads the rest of a string that has escapes.
func (d *decoder) escaped() string {
	var b []byte
	for d.pos < len(d.json) {
		c := d.json[d.pos]
		d.pos++
		if c == '"' {
			return string(b)
		}
		if c != '\\' {
			b = append(b, c)
			continue
		}
		if d.pos == len(d.json) {
			break
		}
		c = d.json[d.pos]
		d.pos++
		switch c {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case '"', '\\':
			b = append(b, c)
		case 'u':
			if d.pos+4 > len(d.json) {
				d.fail()
				return ""
			}
			r, err := strconv.ParseUint(d.json[d.pos:d.pos+4], 16, 8)
			if err != nil || r >= utf8.RuneSelf {
				d.fail()
				return ""
			}
			b = append(b, byte(r))
			d.pos += 4
		default:
			d.fail()
			return ""
		}
	}
	d.fail()
	return ""
}

// constant reads the value of a constant, which stands before its location.
func (d *decoder) constant(m *pg.A_Const, key string) {
	switch key {
	case "ival":
		v := new(pg.Integer)
		d.readInteger(v)
		if v.Ival == 0 {
			v.Ival = d.negative()
		}
		m.Val = &pg.A_Const_Ival{Ival: v}
	case "fval":
		v := new(pg.Float)
		d.readFloat(v)
		m.Val = &pg.A_Const_Fval{Fval: v}
	case "boolval":
		v := new(pg.Boolean)
		d.readBoolean(v)
		m.Val = &pg.A_Const_Boolval{Boolval: v}
	case "sval":
		v := new(pg.String)
		d.readString(v)
		m.Val = &pg.A_Const_Sval{Sval: v}
	case "bsval":
		v := new(pg.BitString)
		d.readBitString(v)
		m.Val = &pg.A_Const_Bsval{Bsval: v}
	default:
		d.fail()
	}
}

// negative returns the number of a constant that JSON leaves out: zero, or a negative
// one, at whose sign the location that follows points. The scanner has taken the digits
// for an integer, and anything may stand between the two but a bracket.
func (d *decoder) negative() int32 {
	const location = `,"location":`
	rest := d.json[d.pos:]
	if !strings.HasPrefix(rest, location) {
		d.fail()
		return 0
	}
	at, _ := strconv.Atoi(rest[len(location) : len(location)+strings.IndexByte(rest[len(location):], '}')])
	if at < 0 || at >= len(d.sql) || d.sql[at] != '-' {
		return 0
	}
	digits := strings.TrimLeft(d.sql[at+1:], " \t\n\r\f\v")
	end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(digits)
	}
	n, err := strconv.ParseInt(digits[:end], 10, 32)
	if err != nil || end < len(digits) && strings.IndexByte("_xXoObB", digits[end]) >= 0 {
		d.fail()
		return 0
	}
	return -int32(n)
}

// bounds puts back what JSON leaves out of int[]: the bound -1, for none.
func (d *decoder) bounds(m *pg.TypeName) {
	for _, n := range m.ArrayBounds {
		if i := n.GetInteger(); i != nil && i.Ival == 0 {
			if zeroBound.MatchString(d.sql) {
				d.fail() // is it int[0]?
				return
			}
			i.Ival = -1
		}
	}
}

// zeroBound also finds a[0], which does no harm.
var zeroBound = regexp.MustCompile(`(\[|(?i)array)\s*[0+-]`)

// result reads the whole: {"version":160001,"stmts":[{"stmt":…,"stmt_location":…}]}.
func (d *decoder) result() *pg.ParseResult {
	r := new(pg.ParseResult)
	for key, ok := d.enter(); ok; key, ok = d.next() {
		switch key {
		case "version":
			r.Version = int32(d.int())
		case "stmts":
			d.expect('[')
			for !d.failed && !d.accept(']') {
				if len(r.Stmts) > 0 {
					d.expect(',')
				}
				s := new(pg.RawStmt)
				d.readRawStmt(s)
				r.Stmts = append(r.Stmts, s)
			}
		default:
			d.fail()
		}
	}
	return r
}
