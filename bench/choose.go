package main

import (
	"regexp"
	"slices"
)

// chooser chooses what is measured, by section and name: "peers/list page". Nil
// chooses all.
type chooser struct{ pattern *regexp.Regexp }

func (c chooser) one(section, name string) bool {
	return c.pattern == nil || c.pattern.MatchString(section+"/"+name)
}

// any reports whether one of the names is chosen, which are measured together.
func (c chooser) any(section string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return c.one(section, n) })
}

func (c chooser) anyTask() bool {
	return slices.ContainsFunc(tasks, func(t task) bool { return c.any("peers", t.phases) })
}
