package equivalence

import (
	"fmt"
	"os"
	"strings"
)

var debugCode = os.Getenv("EQ_DEBUG")

func debugInvalid(s *step, os []outcome) {
	if debugCode == "" || s.tree == nil {
		return
	}
	if text, _ := s.tree.render(0); debugCode == "M" && strings.Contains(text, "MERGE INTO") {
		fmt.Printf("DEBUG %v\n%s\n\n", os, text)
	}
	for _, o := range os {
		if o.code != "" && strings.HasPrefix(o.code, debugCode) {
			text, _ := s.tree.render(0)
			fmt.Printf("DEBUG %s %s\n%s\n\n", o.code, o.message, text)
			return
		}
	}
}

func debugRefused(s *step, o outcome) {
	if debugCode != "R" || s.tree == nil || s.onPurpose {
		return
	}
	text, _ := s.tree.render(0)
	fmt.Printf("DEBUG %s\n%s\n\n", o.refused.Why, text)
}
