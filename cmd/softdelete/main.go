// Command softdelete shows what the softdelete driver makes of SQL, writes policies
// and migrations, lists, restores and purges deleted rows, and demonstrates the driver on a PostgreSQL server of its own.
//
// Run "softdelete help" for the commands.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/softdelete-go/softdelete/internal/nearest"
)

// Exit statuses.
const (
	success = 0
	failure = 1 // the statement is refused, the database does not fit, the demo did not succeed, or the doctor found something
	misuse  = 2 // the command line, the policy or the input is unusable
)

// command is one of the words after "softdelete".
type command struct {
	name    string
	summary string // one line, for the list of commands
	help    string // the whole text of "softdelete help NAME"
	run     func(ctx context.Context, args []string) int
}

func commands() []command {
	return []command{
		{"rewrite", "print what PostgreSQL would receive for SQL, without a database", rewriteHelp, runRewrite},
		{"init", "write a policy from a database's catalog", initHelp, runInit},
		{"ddl", "print the migration that brings a schema to the policy, or back", ddlHelp, runDDL},
		{"doctor", "find what in a database defeats the driver, and judge files of SQL", doctorHelp, runDoctor},
		{"list", "list deletions: who, what, when, why, how many rows", listHelp, runList},
		{"show", "show a deletion and its rows", showHelp, runShow},
		{"restore", "bring back a row, or a whole deletion", restoreHelp, runRestore},
		{"purge", "really remove what was deleted long enough ago", purgeHelp, runPurge},
		{"erase", "really remove a row and all that is kept of it, everywhere", eraseHelp, runErase},
		{"hold", "keep a deletion from every purge", holdHelp, runHold},
		{"release", "end a hold", releaseHelp, runRelease},
		{"serve", "serve the trash: pages to find deleted rows and bring them back", serveHelp, runServe},
		{"demo", "show the driver at work on a small shop, on a real server", demoHelp, runDemo},
		{"completion", "print a script that lets a shell complete commands, flags and tables", completionHelp, runCompletion},
		{"version", "print the version", versionHelp, runVersion},
		{"help", "explain a command", helpHelp, runHelp},
	}
}

func main() {
	// Ctrl-C, kill and a closed terminal let the demo clean up. A second signal
	// ends the program at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	// "softdelete demo | head" would otherwise end the program before it has
	// stopped its server: ignored, the signal becomes an error of the write.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, overview())
		return misuse
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-version", "--version":
		name = "version"
	}
	c, err := find(name)
	if err != nil {
		return complain("", err)
	}
	return c.run(ctx, args[1:])
}

func find(name string) (command, error) {
	var names []string
	for _, c := range commands() {
		if c.name == name {
			return c, nil
		}
		names = append(names, c.name)
	}
	err := fmt.Errorf("unknown command %q", name)
	if near := nearest.To(name, names); near != "" {
		err = fmt.Errorf("%w; did you mean %q?", err, near)
	}
	return command{}, err
}

// complain reports a mistake in the use of a command, "" for the program itself.
func complain(name string, err error) int {
	program, help := "softdelete", "softdelete help"
	if name != "" {
		program, help = program+" "+name, help+" "+name
	}
	fmt.Fprintf(os.Stderr, "%s: %v\nRun %q for the usage.\n", program, err, help)
	return misuse
}

// parseFlags parses the arguments of a command. Unless it returns true, the
// command ends with the status.
func parseFlags(fs *flag.FlagSet, args []string) (status int, ok bool) {
	fs.SetOutput(io.Discard) // the flag package would print its own, poorer usage
	err := fs.Parse(args)
	switch {
	case err == nil:
		return success, true
	case errors.Is(err, flag.ErrHelp):
		c, err := find(fs.Name())
		if err != nil {
			return complain(fs.Name(), err), false
		}
		return say(c.help), false
	default:
		return complain(fs.Name(), misspelt(fs, err)), false
	}
}

// misspelt adds to the error about an unknown flag which one was probably meant.
func misspelt(fs *flag.FlagSet, err error) error {
	_, name, unknown := strings.Cut(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return err
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if near := nearest.To(name, names); near != "" {
		err = fmt.Errorf("%w; did you mean --%s?", err, near)
	}
	return err
}

// say writes a text that is all there is to say.
func say(text string) int {
	if _, err := io.WriteString(os.Stdout, text); err != nil {
		fmt.Fprintf(os.Stderr, "softdelete: %v\n", err)
		return misuse
	}
	return success
}

func overview() string {
	var b strings.Builder
	b.WriteString("softdelete: deletes that can be undone, for PostgreSQL and database/sql\n\nUsage:\n\n    softdelete COMMAND [arguments]\n\nCommands:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "    %-10s %s\n", c.name, c.summary)
	}
	b.WriteString("\nRun \"softdelete help COMMAND\" for more.\n")
	return b.String()
}

const helpHelp = `Usage:

    softdelete help [COMMAND]

Explains a command, or lists all of them.
`

func runHelp(_ context.Context, args []string) int {
	fs := flag.NewFlagSet("help", flag.ContinueOnError)
	if status, ok := parseFlags(fs, args); !ok {
		return status
	}
	switch fs.NArg() {
	case 0:
		return say(overview())
	case 1:
		c, err := find(fs.Arg(0))
		if err != nil {
			return complain("", err)
		}
		return say(c.help)
	default:
		return complain("help", fmt.Errorf("one command at a time; %d were given", fs.NArg()))
	}
}

const versionHelp = `Usage:

    softdelete version

Prints the version of this program, of Go and of the SQL grammar.
`

func runVersion(_ context.Context, args []string) int {
	fs := flag.NewFlagSet("version", flag.ContinueOnError)
	if status, ok := parseFlags(fs, args); !ok {
		return status
	}
	if fs.NArg() > 0 {
		return complain("version", fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	return say(fmt.Sprintf("softdelete %s (%s, %s/%s; grammar of PostgreSQL 16)\n",
		moduleVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH))
}

// moduleVersion is "v1.2.3" for "go install …@v1.2.3", and "(devel)" where the
// go command recorded nothing better.
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
