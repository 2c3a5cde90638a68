package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/softdelete-go/softdelete/internal/nearest"
)

const completionHelp = `Usage:

    softdelete completion bash|zsh|fish
    softdelete completion tables [--policy FILE]

Prints a script that lets a shell complete commands, flags and, where a command takes
a table, the tables of the policy. These the script asks for with "tables", which
prints their names, one a line, and nothing where there is no policy.

Flags:

    --policy FILE      the policy (default softdelete.yaml)

Examples:

    source <(softdelete completion bash)                                         # this session
    softdelete completion bash > /etc/bash_completion.d/softdelete               # every session
    softdelete completion zsh > "${fpath[1]}/_softdelete"
    softdelete completion fish > ~/.config/fish/completions/softdelete.fish
`

func runCompletion(_ context.Context, args []string) int {
	flags := flag.NewFlagSet("completion", flag.ContinueOnError)
	policy := flags.String("policy", defaultPolicyFile, "")
	rest, status, ok := parseMixed(flags, args)
	if !ok {
		return status
	}
	if len(rest) != 1 {
		return complain("completion", errors.New("name one shell: bash, zsh or fish"))
	}
	shells := map[string]func([]completed) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	if write := shells[rest[0]]; write != nil {
		return say(write(completions()))
	}
	if rest[0] == "tables" {
		return say(policyTables(*policy))
	}
	err := fmt.Errorf("unknown shell %q; name bash, zsh or fish", rest[0])
	if near := nearest.To(rest[0], []string{"bash", "zsh", "fish", "tables"}); near != "" {
		err = fmt.Errorf("unknown shell %q; did you mean %q?", rest[0], near)
	}
	return complain("completion", err)
}

// policyTables are the tables of a policy, "" where it cannot be read: a shell that completes
// is no place for errors.
func policyTables(file string) string {
	p, err := readPolicy(file)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, t := range p.Tables {
		b.WriteString(t.Name + "\n")
	}
	return b.String()
}

// completed is what there is to complete of a command.
type completed struct {
	name, summary string
	flags         []completedFlag
	words         []string // what its argument can be
	table         bool     // its first argument is a table
}

// flagWords are the values of flags that take one of a few words.
var flagWords = map[string][]string{
	"ddl --format":     ddlFormats,
	"doctor --fail-on": failLevels,
	"doctor --format":  doctorFormats,
	"list --state":     states,
}

type completedFlag struct{ name, value, text string }

var (
	helpFlag  = regexp.MustCompile(`(?m)^    (--[a-z-]+)(?: ([A-Z|a-z]+))?[^ \n]*(?:  +(\S.*))?$`)
	helpTable = regexp.MustCompile(`(?m)^    softdelete .* TABLE KEY`)
)

// completions reads what there is to complete from the help texts, the one place where all
// of it stands.
func completions() (list []completed) {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	for _, c := range commands() {
		done := completed{name: c.name, summary: c.summary, table: helpTable.MatchString(c.help)}
		for _, m := range helpFlag.FindAllStringSubmatch(c.help, -1) {
			done.flags = append(done.flags, completedFlag{m[1], m[2], m[3]})
		}
		switch c.name {
		case "help":
			done.words = names
		case "completion":
			done.words = []string{"bash", "zsh", "fish", "tables"}
		}
		list = append(list, done)
	}
	return list
}

// ofTables and ofFiles are what the values of flags are called that are such.
var (
	ofTables = []string{"TABLE", "LIST"}
	ofFiles  = []string{"FILE", "DIR"}
)

// valueFlags are the flags whose value is the next word, and is one of these; nil for any.
func valueFlags(list []completed, kinds []string) string {
	var names []string
	for _, c := range list {
		for _, f := range c.flags {
			// "--tables LIST" is of tables, others of that kind may not be.
			is := kinds == nil || slices.Contains(kinds, f.value) && (f.value != "LIST" || f.name == "--tables")
			if f.value != "" && is && !slices.Contains(names, f.name) {
				names = append(names, f.name)
			}
		}
	}
	slices.Sort(names)
	return strings.Join(names, "|")
}

const bashHead = `_softdelete() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev= command=${COMP_WORDS[1]} policy=softdelete.yaml
    local flags= choices= words= table= arguments=0 i
    COMPREPLY=()
    if [[ $COMP_CWORD -le 1 ]]; then
        COMPREPLY=($(compgen -W "$commands" -- "$cur"))
        return
    fi
    case $command in
`

const bashTail = `    esac
    for ((i = 2; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --policy) policy=${COMP_WORDS[i + 1]}; i=$((i + 1)) ;;
            $values) i=$((i + 1)) ;;
            -*) ;;
            *) arguments=$((arguments + 1)) ;;
        esac
    done
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    case "$command $prev" in
$words        *) words= ;;
    esac
    case $prev in
        $files) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        $tables) choices=$(softdelete completion tables --policy "$policy" 2>/dev/null) ;;
        $values) if [[ -z $words ]]; then return; fi; choices=$words ;;
        *)
            if [[ $cur == -* ]]; then
                choices=$flags
            elif [[ $arguments -eq 0 && -n $table ]]; then
                choices=$(softdelete completion tables --policy "$policy" 2>/dev/null)
            elif [[ $arguments -gt 0 ]]; then
                return
            fi
            ;;
    esac
    COMPREPLY=($(compgen -W "$choices" -- "$cur"))
}
complete -F _softdelete softdelete
`

// bashCompletion writes a script that zsh can read as well, in its emulation.
func bashCompletion(list []completed) string {
	var names []string
	var cases strings.Builder
	for _, c := range list {
		names = append(names, c.name)
		var flags []string
		for _, f := range c.flags {
			flags = append(flags, f.name)
		}
		fmt.Fprintf(&cases, "        %s) flags='%s'", c.name, strings.Join(flags, " "))
		if len(c.words) > 0 {
			fmt.Fprintf(&cases, " choices='%s'", strings.Join(c.words, " "))
		}
		if c.table {
			cases.WriteString(" table=yes")
		}
		cases.WriteString(" ;;\n")
	}
	var words strings.Builder
	for _, f := range slices.Sorted(maps.Keys(flagWords)) {
		fmt.Fprintf(&words, "        '%s') words='%s' ;;\n", f, strings.Join(flagWords[f], " "))
	}
	tail := strings.NewReplacer("$words        *", words.String()+"        *", "$values", valueFlags(list, nil), "$files", valueFlags(list, ofFiles), "$tables", valueFlags(list, ofTables)).Replace(bashTail)
	return "# bash completion of softdelete\n" + strings.Replace(bashHead, "$commands", strings.Join(names, " "), 1) + cases.String() + tail
}

func zshCompletion(list []completed) string {
	return "#compdef softdelete\n# zsh completion of softdelete: that of bash, emulated\nautoload -U +X bashcompinit && bashcompinit\n" + bashCompletion(list) +
		// In a folder of fpath the file is read when the first word is to be completed.
		"if [[ $funcstack[1] = _softdelete ]]; then _bash_complete -F _softdelete; fi\n"
}

const fishHead = `# fish completion of softdelete
function __softdelete_tables
    set -l words (commandline -opc)
    set -l policy softdelete.yaml
    if set -l i (contains -i -- --policy $words)
        set policy $words[(math $i + 1)]
    end
    softdelete completion tables --policy $policy 2>/dev/null
end
function __softdelete_first
    set -l words (commandline -opc)
    set -l arguments 0
    set -l skip 0
    for word in $words[3..-1]
        if test $skip -eq 1
            set skip 0
        else if contains -- $word $values
            set skip 1
        else if not string match -q -- '-*' $word
            set arguments (math $arguments + 1)
        end
    end
    test $arguments -eq 0
end
complete -c softdelete -f
`

func fishCompletion(list []completed) string {
	quote := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
	}
	var b strings.Builder
	b.WriteString(strings.Replace(fishHead, "$values", strings.ReplaceAll(valueFlags(list, nil), "|", " "), 1))
	for _, c := range list {
		fmt.Fprintf(&b, "complete -c softdelete -n __fish_use_subcommand -a %s -d %s\n", c.name, quote(c.summary))
		seen := "-n '__fish_seen_subcommand_from " + c.name
		for _, f := range c.flags {
			fmt.Fprintf(&b, "complete -c softdelete %s' -l %s", seen, strings.TrimPrefix(f.name, "--"))
			switch {
			case slices.Contains(ofFiles, f.value):
				b.WriteString(" -rF")
			case f.value == "TABLE" || f.name == "--tables":
				b.WriteString(" -xa '(__softdelete_tables)'")
			case flagWords[c.name+" "+f.name] != nil:
				b.WriteString(" -xa " + quote(strings.Join(flagWords[c.name+" "+f.name], " ")))
			case f.value != "":
				b.WriteString(" -x")
			}
			if f.text != "" {
				b.WriteString(" -d " + quote(f.text))
			}
			b.WriteString("\n")
		}
		if c.table {
			fmt.Fprintf(&b, "complete -c softdelete %s; and __softdelete_first' -a '(__softdelete_tables)'\n", seen)
		}
		if len(c.words) > 0 {
			fmt.Fprintf(&b, "complete -c softdelete %s; and __softdelete_first' -a %s\n", seen, quote(strings.Join(c.words, " ")))
		}
	}
	return b.String()
}
