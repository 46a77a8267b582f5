package registry

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// record is what of an Avro schema decides how the bytes of its records read.
// Documentation, defaults, aliases and the spelling of the schema do not.
type record struct {
	name   string // in full
	fields []field
}

type field struct{ name, kind string }

// parse reads the schema of a record.
func parse(schema string) (*record, error) {
	var top map[string]any
	if err := json.Unmarshal([]byte(schema), &top); err != nil || top["type"] != "record" {
		return nil, fmt.Errorf("it is not the schema of a record: %s", cut(schema))
	}
	r := &record{name: full(top, "")}
	space := namespace(r.name)
	list, _ := top["fields"].([]any)
	for i, f := range list {
		m, _ := f.(map[string]any)
		name, _ := m["name"].(string)
		if name == "" {
			return nil, fmt.Errorf("its field %d has no name", i+1)
		}
		if slices.ContainsFunc(r.fields, func(f field) bool { return f.name == name }) {
			return nil, fmt.Errorf("it has two fields called %s", name)
		}
		r.fields = append(r.fields, field{name, kind(m["type"], space)})
	}
	return r, nil
}

// full returns the full name of a named type that stands in a namespace.
func full(m map[string]any, space string) string {
	name, _ := m["name"].(string)
	if strings.Contains(name, ".") {
		return name
	}
	if own, ok := m["namespace"].(string); ok {
		space = own
	}
	return qualified(name, space)
}

func qualified(name, space string) string {
	if space == "" || strings.Contains(name, ".") {
		return name
	}
	return space + "." + name
}

func namespace(name string) string {
	return name[:max(strings.LastIndexByte(name, '.'), 0)]
}

var primitives = []string{"null", "boolean", "int", "long", "float", "double", "bytes", "string"}

// kind spells a type so that two are the same if they are spelled the same. It is
// Avro's canonical form, shorter, and with the logical types, which that form leaves out.
func kind(t any, space string) string {
	switch t := t.(type) {
	case string:
		if slices.Contains(primitives, t) {
			return t
		}
		return qualified(t, space)
	case []any:
		var members []string
		for _, m := range t {
			members = append(members, kind(m, space))
		}
		return "[" + strings.Join(members, ", ") + "]"
	case map[string]any:
		return complexKind(t, space)
	}
	return "?"
}

func complexKind(t map[string]any, space string) string {
	of, _ := t["type"].(string)
	s := of
	switch of {
	case "":
		s = kind(t["type"], space) // {"type": {"type": …}}
	case "array":
		s += "<" + kind(t["items"], space) + ">"
	case "map":
		s += "<" + kind(t["values"], space) + ">"
	case "enum", "fixed", "record", "error":
		name := full(t, space)
		s += " " + name
		switch of {
		case "enum":
			s += fmt.Sprint(t["symbols"])
		case "fixed":
			s += fmt.Sprintf("(%v)", t["size"])
		default:
			fields, _ := t["fields"].([]any)
			var inner []string
			for _, f := range fields {
				m, _ := f.(map[string]any)
				inner = append(inner, fmt.Sprintf("%v %s", m["name"], kind(m["type"], namespace(name))))
			}
			s += "{" + strings.Join(inner, ", ") + "}"
		}
	}
	logical, _ := t["logicalType"].(string)
	if logical == "" {
		return s
	}
	if p, ok := t["precision"]; ok {
		scale, ok := t["scale"]
		if !ok {
			scale = 0
		}
		logical += fmt.Sprintf("(%v,%v)", p, scale)
	}
	return s + " as " + logical
}

// compare says field by field in what theirs differs from ours; nothing if
// the records of both read alike.
func compare(ours, theirs *record) (differences []string) {
	say := func(format string, args ...any) { differences = append(differences, fmt.Sprintf(format, args...)) }
	if ours.name != theirs.name {
		say("the record is called %s, not %s", theirs.name, ours.name)
	}
	place := map[string]int{}
	for i, f := range theirs.fields {
		place[f.name] = i
	}
	var here, there []string // the names that both have, in their orders
	for _, f := range ours.fields {
		i, ok := place[f.name]
		if !ok {
			say("%s is missing", f.name)
			continue
		}
		here = append(here, f.name)
		if k := theirs.fields[i].kind; k != f.kind {
			say("%s is %s, not %s", f.name, k, f.kind)
		}
	}
	for _, f := range theirs.fields {
		if slices.Contains(here, f.name) {
			there = append(there, f.name)
		} else {
			say("%s (%s) is one more", f.name, f.kind)
		}
	}
	for i := range here {
		if i < len(there) && here[i] != there[i] {
			say("the order of the fields is another: %s comes before %s", there[i], here[i])
			break
		}
	}
	return differences
}
