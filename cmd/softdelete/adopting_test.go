package main

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

var update = flag.Bool("update", false, "write the outputs in docs/adopting.md anew")

const adopting = "../../docs/adopting.md"

// docBlock is a fenced block of a document; its info string is the language.
var docBlock = regexp.MustCompile("(?ms)^```([^\n`]*)\n(.*?)^```$")

// docs/adopting.md is carried out as it stands: each "$ " line of its console blocks
// is run by the shell, in an empty folder beside an empty project, and what it prints
// must be what the document shows. "go test -run Adopting -update" writes that anew.
// A block of Go is the file that its first line names.
func TestAdopting(t *testing.T) {
	script := chinookScript(t)
	dsn, err := newDatabase(t.Context(), "chinook")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), script); err != nil {
		t.Fatal(err)
	}
	folder := project(t)
	text, err := os.ReadFile(adopting)
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	renewed := docBlock.ReplaceAllStringFunc(string(text), func(block string) string {
		m := docBlock.FindStringSubmatch(block)
		switch m[1] {
		case "go program":
			name, _, _ := strings.Cut(strings.TrimPrefix(m[2], "// "), "\n")
			if err := os.WriteFile(filepath.Join(folder, name), []byte(m[2]), 0o644); err != nil {
				t.Fatal(err)
			}
		case "console":
			var got strings.Builder
			for _, command := range consoleCommands(m[2]) {
				commands++
				got.WriteString("$ " + command + "\n" + shell(t, folder, dsn, command))
			}
			if got.String() != m[2] && !*update {
				t.Errorf("docs/adopting.md shows\n%s\nand this is\n%s", m[2], got.String())
			}
			return "```console\n" + got.String() + "```"
		}
		return block
	})
	if commands < 8 {
		t.Errorf("docs/adopting.md has %d commands", commands)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(adopting, []byte(renewed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// consoleCommands are the commands of a block; a line that ends in a backslash goes on.
func consoleCommands(block string) (commands []string) {
	lines := strings.Split(block, "\n")
	for i := 0; i < len(lines); i++ {
		command, is := strings.CutPrefix(lines[i], "$ ")
		if !is {
			continue
		}
		for strings.HasSuffix(command, `\`) && i+1 < len(lines) {
			i++
			command += "\n" + lines[i]
		}
		commands = append(commands, command)
	}
	return commands
}

// shell runs a command, which must succeed, and returns what it prints.
func shell(t *testing.T, folder, dsn, command string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "DSN="+dsn, "GOFLAGS=-mod=mod", "PGOPTIONS=", "LC_ALL=C.UTF-8")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out.String())
	}
	return out.String()
}

// project makes a module that uses this one as it stands here.
func project(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	const path = "github.com/softdelete-go/softdelete"
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module "+path, "module example.com/shop", 1) +
		"\nrequire " + path + " v0.0.0\nreplace " + path + " => " + root + "\n"
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"go.mod": []byte(text), "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// chinookScript returns the text that creates and fills the sample database.
func chinookScript(t *testing.T) string {
	t.Helper()
	const env = "SOFTDELETE_CHINOOK"
	path, explicit := os.LookupEnv(env)
	if !explicit {
		path = "../../../shared/data/chinook/chinook.sql"
	} else if !filepath.IsAbs(path) {
		path = filepath.Join("../..", path) // it is relative to the module, for all tests
	}
	script, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !explicit && os.Getenv("CI") != "true" {
		t.Skipf("the Chinook sample database is not at %s, so docs/adopting.md was NOT TESTED; "+
			"get Chinook_PostgreSql.sql from github.com/lerocha/chinook-database, remove its DROP, CREATE DATABASE and \\c lines, "+
			"and set %s to its path", path, env)
	}
	if err != nil {
		t.Fatalf("the Chinook sample database (%s, or a default path): %v", env, err)
	}
	return string(script)
}
