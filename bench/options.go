package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// options are what the command line asks for.
type options struct {
	effort   effort
	only     chooser
	purge    *purgeEffort // to measure a purge, and nothing else; else nil
	jsonFile string
	svgFile  string
	printer  func(*report) []byte
}

func readOptions(args []string) (*options, error) {
	o := &options{effort: full}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	quickly := set.Bool("quick", false, "smaller tables and fewer, shorter rounds: about a minute, and noisier")
	format := set.String("format", "table", "what to print: `table`, or bench for benchstat, a line for each round")
	set.StringVar(&o.jsonFile, "json", "", "also write the results to `FILE` as JSON")
	set.StringVar(&o.svgFile, "svg", "", "also write a chart of the peers to `FILE`")
	only := set.String("only", "", "measure only what matches this regular expression, by section and name: `PATTERN` may be ^peers/list")
	dead := set.String("dead", "", "dead rows of 100, between 0 and 95, for the comparison of peers: `LIST` (default 0,50,90; 50 with -quick)")
	goroutines := set.String("goroutines", "", "likewise, how many goroutines make calls: `LIST` (default 1,8)")
	purge := set.Bool("purge", false, "measure instead what a purge of a million rows does to other transactions: about four minutes, seconds with -quick")
	batch := set.Int("batch", 0, "with -purge: rows in one of its transactions: `ROWS`")
	share := set.Float64("share", 0, "with -purge: how much of the time it is at work: `PART`, between 0 and 1")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	if set.NArg() > 0 {
		return nil, fmt.Errorf("there are no arguments but flags; got %q", set.Args())
	}
	if *quickly {
		o.effort = quick
	}
	if *purge {
		e := fullPurge
		if *quickly {
			e = quickPurge
		}
		e.batch, e.share = cmp.Or(*batch, e.batch), cmp.Or(*share, e.share)
		o.purge = &e
	}
	o.printer = map[string]func(*report) []byte{"table": (*report).table, "bench": (*report).benchmarkFormat}[*format]
	if o.printer == nil {
		return nil, fmt.Errorf("-format is table or bench, not %q", *format)
	}
	if *only != "" {
		pattern, err := regexp.Compile(*only)
		if err != nil {
			return nil, fmt.Errorf("-only: %w", err)
		}
		o.only.pattern = pattern
	}
	return o, errors.Join(
		numbers("-dead", *dead, 0, 95, &o.effort.peers.dead),
		numbers("-goroutines", *goroutines, 1, 64, &o.effort.peers.goroutines))
}

// numbers reads a list that was given.
func numbers(name, list string, least, most int, into *[]int) error {
	if list == "" {
		return nil
	}
	*into = nil
	for part := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < least || n > most {
			return fmt.Errorf("%s is a list of numbers between %d and %d, with commas between them; got %q", name, least, most, list)
		}
		*into = append(*into, n)
	}
	return nil
}
