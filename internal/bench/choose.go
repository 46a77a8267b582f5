package main

import (
	"fmt"
	"regexp"

	"github.com/kafkanauts/kafkanauts/internal/bench/figures"
)

// choose returns the figures whose names match, and the yardsticks of their
// goals, in the order of all.
func choose(all []figures.Figure, only *regexp.Regexp) ([]figures.Figure, error) {
	byName := map[string]*figures.Figure{}
	wanted := map[string]bool{}
	for i := range all {
		byName[all[i].Name] = &all[i]
	}
	for _, f := range all {
		if !only.MatchString(f.Name) {
			continue
		}
		wanted[f.Name] = true
		for _, g := range f.Goals {
			for _, t := range g.Against {
				if byName[t.Name] == nil {
					return nil, fmt.Errorf("%s has the yardstick %s, which is no figure", f.Name, t.Name)
				}
				wanted[t.Name] = true
			}
		}
	}
	var chosen []figures.Figure
	for _, f := range all {
		if wanted[f.Name] {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) == 0 && !only.MatchString(memoryFigure) {
		return nil, fmt.Errorf("-only %v matches no figure", only)
	}
	return chosen, nil
}
