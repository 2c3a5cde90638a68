package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A real bash completes words, with the program in its PATH, which is this test.
func TestCompletionInBash(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"softdelete.yaml": "tables:\n  - {name: users}\n  - {name: user_groups}\n  - {name: orders}\n",
		"other.yaml":      "tables:\n  - {name: pets}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := bashCompletion(completions()) + `
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_softdelete
echo "${COMPREPLY[@]}"
`
	for _, c := range []struct{ typed, want string }{
		{"re", "rewrite restore release"},
		{"pu", "purge"},
		{"purge --older", "--older-than"},
		{"purge --older-than ", ""},
		{"purge --older-than 9d --y", "--yes"},
		{"purge --tables o", "orders"},
		{"rewrite --hard", "--hard-delete"},
		{"restore us", "users user_groups"},
		{"restore --dsn x --parents ", "users user_groups orders"},
		{"restore users ", ""},
		{"restore users 7 --par", "--parents --partly"},
		{"erase --policy other.yaml ", "pets"},
		{"erase --policy none.yaml ", ""},
		{"list --table ord", "orders"},
		{"list --state rest", "restored restorable"},
		{"list --limit 3 --state ", "any not-restored restored restorable"},
		{"doctor --fail-on n", "notice never"},
		{"doctor --format ", "text json sarif"},
		{"ddl --format go", "goose"},
		{"purge --state ", ""},
		{"list --policy oth", "other.yaml"},
		{"list ", ""},
		{"help com", "completion"},
		{"demo --", "--serve"},
		{"completion ", "bash zsh fish tables"},
		{"frobnicate --x", ""},
	} {
		words := append([]string{"softdelete"}, strings.Split(c.typed, " ")...)
		cmd := exec.Command("bash", append([]string{"--norc", "-c", script, "bash"}, words...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%q: got %q, want %q (%v)", c.typed, got, c.want, err)
		}
	}
}

// The words that flags take are of flags that there are, and are taken.
func TestFlagWords(t *testing.T) {
	for flag, words := range flagWords {
		name, flag, _ := strings.Cut(flag, " ")
		command, err := find(name)
		if err != nil || !strings.Contains(command.help, "    "+flag+" ") {
			t.Fatalf("softdelete %s has no %s: %v", name, flag, err)
		}
		for _, w := range words {
			if !regexp.MustCompile(`\b` + w + `\b`).MatchString(command.help) {
				t.Errorf("the help of %s does not say %q", name, w)
			}
		}
	}
}

// Every command is completed, and every flag of its help.
func TestCompletionsAreOfTheHelp(t *testing.T) {
	for _, c := range completions() {
		command, err := find(c.name)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(command.help) {
			if strings.HasPrefix(line, "    --") {
				n++
			}
		}
		if n != len(c.flags) {
			t.Errorf("%s: %d flags of %d: %v", c.name, len(c.flags), n, c.flags)
		}
	}
}
