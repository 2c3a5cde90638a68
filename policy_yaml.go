package softdelete

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/softdelete-go/softdelete/internal/nearest"
)

// maxPolicyFile is far above any policy written by hand, and far below what a
// wrong file (a dump, a log) may have.
const maxPolicyFile = 1 << 20

// LoadPolicy reads a policy from YAML, whose keys are the fields' names in snake
// case:
//
//	tables:
//	  - name: users
//	  - name: billing.invoices
//	    column: removed
//	    marker: flag
//	    primary_key: [tenant_id, number]
//	  - name: "*.orders" # quoted: YAML gives a bare * a meaning of its own
//	foreign_keys:
//	  - table: billing.invoices
//	    columns: [user_id]
//	    ref_table: users
//	    ref_columns: [id]
//	    on_delete: restrict
//
// It is strict: an unknown or doubled key, a value of another type, an empty
// value, an alias, a second document, a file of more than 1 MiB are errors. The
// result has passed [Policy.Validate]. Problems come as [*PolicyError] values
// with their lines, all at once as far as one does not hide the next.
func LoadPolicy(r io.Reader) (Policy, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxPolicyFile+1))
	if err != nil {
		return Policy{}, fmt.Errorf("softdelete: reading the policy: %w", err)
	}
	root, err := parseYAML(text)
	if err != nil {
		return Policy{}, err
	}
	var p Policy
	d := decoder{checker{lines: map[string]int{"": root.Line}}}
	d.value("", root, reflect.ValueOf(&p).Elem())
	if len(d.errs) > 0 {
		return Policy{}, errors.Join(d.errs...)
	}
	if err := p.validate(d.lines); err != nil {
		return Policy{}, err
	}
	return p, nil
}

// SavePolicy writes the policy as YAML that [LoadPolicy] reads back as the same
// policy; fields with their zero values are left out. A policy that does not
// pass [Policy.Validate] is not written.
func SavePolicy(w io.Writer, p Policy) error {
	if err := p.Validate(); err != nil {
		return err
	}
	root, err := node(reflect.ValueOf(p))
	if err != nil {
		return fmt.Errorf("softdelete: writing the policy: %w", err)
	}
	var b bytes.Buffer // so that an error leaves no half of a file
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(root), enc.Close()); err != nil {
		return fmt.Errorf("softdelete: writing the policy: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("softdelete: writing the policy: %w", err)
	}
	return nil
}

// node is the counterpart of decoder.value. The yaml package's own encoding puts
// "\ta\nb" into a block that it cannot read again; here every name that is not
// all printable is in double quotes.
func node(v reflect.Value) (*yaml.Node, error) {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		return &yaml.Node{Kind: yaml.ScalarNode, Value: string(text)}, err
	}
	n := &yaml.Node{}
	switch v.Kind() {
	case reflect.Struct:
		n.Kind = yaml.MappingNode
		for i, key := range yamlKeys(v.Type()) {
			field := v.Field(i)
			if field.IsZero() || (field.Kind() == reflect.Slice || field.Kind() == reflect.Map) && field.Len() == 0 {
				continue
			}
			value, err := node(field)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
		}
	case reflect.Slice:
		n.Kind = yaml.SequenceNode
		for i := range v.Len() {
			item, err := node(v.Index(i))
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
	case reflect.Map:
		n.Kind = yaml.MappingNode
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			for _, part := range []reflect.Value{key, v.MapIndex(key)} {
				item, err := node(part)
				if err != nil {
					return nil, err
				}
				n.Content = append(n.Content, item)
			}
		}
	case reflect.Bool:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!bool", strconv.FormatBool(v.Bool())
	case reflect.String:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!str", v.String()
		if strings.ContainsFunc(n.Value, func(r rune) bool { return !unicode.IsPrint(r) }) {
			n.Style = yaml.DoubleQuotedStyle
		}
	default:
		return nil, fmt.Errorf("no way to write a %s", v.Type())
	}
	return n, nil
}

// parseYAML returns the root of the only document in text.
func parseYAML(text []byte) (*yaml.Node, error) {
	if len(text) > maxPolicyFile {
		return nil, &PolicyError{Problem: "the file has more than 1 MiB", Remedy: "is it the policy? Give the right file"}
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return nil, &PolicyError{Line: lineAt(text, i), Problem: "the file contains a NUL byte", Remedy: "save it as UTF-8 text"}
	}
	if !utf8.Valid(text) {
		i := 0
		for r, n := utf8.DecodeRune(text); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(text[i:]) {
			i += n
		}
		return nil, &PolicyError{Line: lineAt(text, i), Problem: "the file is not valid UTF-8", Remedy: "save it as UTF-8 text"}
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, syntaxError(text, err)
	}
	if doc.Kind == 0 || doc.Content[0].ShortTag() == "!!null" {
		return nil, &PolicyError{Problem: "the file is empty", Remedy: "name at least one table, such as: tables: [{name: users}]"}
	}
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, &PolicyError{Line: second.Line, Problem: "a second document begins here", Remedy: "keep one policy in one file, without --- between"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(text, err)
	}
	return doc.Content[0], nil
}

func lineAt(text []byte, offset int) int { return 1 + bytes.Count(text[:offset], []byte("\n")) }

var (
	yamlLine = regexp.MustCompile(`^line (\d+): `)
	bareStar = regexp.MustCompile(`[\s\[,:]\*(\.[^\s,\]}]*)`)
)

// syntaxError gives the YAML parser's complaint a place and a remedy.
func syntaxError(text []byte, err error) error {
	e := &PolicyError{Problem: strings.TrimPrefix(err.Error(), "yaml: "), Remedy: "correct the YAML at this place or just before it"}
	if m := yamlLine.FindStringSubmatch(e.Problem); m != nil {
		e.Line, _ = strconv.Atoi(m[1]) // \d+ can only overflow, and the line is then unknown
		e.Problem = e.Problem[len(m[0]):]
	}
	e.Problem = "not YAML: " + e.Problem
	// YAML reads name: *.users as an alias, and complains of its spelling.
	if lines := strings.Split(string(text), "\n"); e.Line > 0 && e.Line <= len(lines) {
		if m := bareStar.FindStringSubmatch(lines[e.Line-1]); m != nil {
			e.Remedy = fmt.Sprintf(`a name that begins with * goes in quotes: "*%s"`, m[1])
		}
	}
	return e
}

// decoder fills a Policy from YAML nodes, by the struct tags. The yaml package's
// own decoding is not strict enough: it takes 123 for a name, knows no
// suggestion for a misspelt key, and forgets the lines that Validate needs.
type decoder struct{ checker }

func (d *decoder) value(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind == yaml.AliasNode {
		d.add(path, "a YAML alias stands here", "write the value out; a name that begins with * goes in quotes")
		return
	}
	tag := n.ShortTag()
	if tag == "!!null" {
		d.add(path, "there is no value", "remove the key, or give it a value (a name that is really null or ~ goes in quotes)")
		return
	}
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(path, n, text)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(path, n, v)
	case reflect.Slice:
		d.list(path, n, v)
	case reflect.Map:
		d.names(path, n, v)
	case reflect.Bool:
		if tag != "!!bool" {
			d.add(path, fmt.Sprintf("%s, not true or false", describe(n)), "write true or false, without quotes")
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	case reflect.String:
		switch {
		case n.Kind != yaml.ScalarNode:
			d.add(path, fmt.Sprintf("%s, not a name", describe(n)), "write one name")
		case tag != "!!str":
			d.add(path, fmt.Sprintf("%s, not a name", describe(n)), fmt.Sprintf("write it in quotes: %q", n.Value))
		default:
			v.SetString(n.Value)
		}
	default:
		d.add(path, "softdelete does not know how to read this key: a bug in it", "please report it")
	}
}

func (d *decoder) text(path string, n *yaml.Node, into encoding.TextUnmarshaler) {
	if n.Kind != yaml.ScalarNode {
		d.add(path, fmt.Sprintf("%s, not one value", describe(n)), "write one value")
		return
	}
	err := into.UnmarshalText([]byte(n.Value))
	var bad *PolicyError
	if errors.As(err, &bad) {
		d.problem(path, bad)
	} else if err != nil {
		d.add(path, err.Error(), "")
	}
}

func (d *decoder) list(path string, n *yaml.Node, v reflect.Value) {
	switch {
	case n.Kind == yaml.ScalarNode:
		d.add(path, fmt.Sprintf("%s, not a list", describe(n)), fmt.Sprintf("write a list: [%.80s]", n.Value))
		return
	case n.Kind != yaml.SequenceNode:
		d.add(path, fmt.Sprintf("%s, not a list", describe(n)), "begin each item with a dash")
		return
	case len(n.Content) == 0:
		d.add(path, "the list is empty", "remove the key, or list something")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.lines[at] = item.Line
		d.value(at, item, v.Index(i))
	}
}

// names reads a map of names to names.
func (d *decoder) names(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.add(path, fmt.Sprintf("%s, not names with names", describe(n)), "write {old: new}")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		d.lines[path] = n.Content[i].Line
		d.value(path, n.Content[i], key)
		at := path + "." + key.String()
		d.lines[at] = n.Content[i].Line
		if d.value(at, n.Content[i+1], value); v.MapIndex(key).IsValid() {
			d.add(at, "the name is given twice", "keep one")
		}
		v.SetMapIndex(key, value)
	}
}

func (d *decoder) mapping(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.add(path, fmt.Sprintf("%s, not keys with values", describe(n)), "write "+yamlKeys(v.Type())[0]+": and so on")
		return
	}
	keys := yamlKeys(v.Type())
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		if first, twice := seen[key.Value]; twice {
			d.errs = append(d.errs, &PolicyError{Path: at, Line: key.Line, Problem: fmt.Sprintf("the key is given twice, first on line %d", first), Remedy: "keep one"})
			continue
		}
		seen[key.Value] = key.Line
		field := slices.Index(keys, key.Value)
		if key.Kind != yaml.ScalarNode || field < 0 {
			d.unknownKey(path, key, keys)
			continue
		}
		d.lines[at] = key.Line
		d.value(at, value, v.Field(field))
	}
}

func (d *decoder) unknownKey(path string, key *yaml.Node, keys []string) {
	remedy := "the keys here are " + strings.Join(keys, ", ")
	if near := nearest.To(key.Value, keys); near != "" {
		remedy = fmt.Sprintf("did you mean %s? %s", near, remedy)
	}
	problem := fmt.Sprintf("unknown key %.80q", key.Value)
	if key.Kind != yaml.ScalarNode {
		problem = "a key that is not a plain word"
	}
	d.errs = append(d.errs, &PolicyError{Path: path, Line: key.Line, Problem: problem, Remedy: remedy})
}

// yamlKeys are the keys of a struct, in the order of its fields, all of which
// have one.
func yamlKeys(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i], _, _ = strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
	}
	return keys
}

// describe says what a value is, for "…, not a list".
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "this is a list"
	case yaml.MappingNode:
		return "these are keys with values"
	}
	switch tag := n.ShortTag(); tag {
	case "!!str":
		return fmt.Sprintf("%.80q is text", n.Value)
	case "!!int", "!!float":
		return fmt.Sprintf("%.80s is a number", n.Value)
	case "!!bool":
		return fmt.Sprintf("%.80s is true or false", n.Value)
	case "!!timestamp":
		return fmt.Sprintf("%.80s is a date", n.Value)
	default:
		return fmt.Sprintf("%.80q has the YAML tag %.80s", n.Value, tag)
	}
}
