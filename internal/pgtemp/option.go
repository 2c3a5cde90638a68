package pgtemp

type config struct {
	settings []string // name=value, a later one wins
	tcp      bool
	search   search
}

// Option changes how [Start] runs the server.
type Option func(*config)

// WithSetting sets a server setting, as in postgresql.conf. It overrides the defaults of this
// package (fsync, synchronous_commit and full_page_writes are off) and earlier WithSetting options.
func WithSetting(name, value string) Option {
	return func(c *config) { c.settings = append(c.settings, name+"="+value) }
}

// WithTCP makes the server listen on a free port of 127.0.0.1 too, and [Server.DSN] use it.
// TCP connections need the random password that the DSN carries: any user of the machine can
// reach the port. The default is the Unix socket only.
func WithTCP() Option {
	return func(c *config) { c.tcp = true }
}

// WithReplicas makes the server one that [Server.StartReplica] can follow.
func WithReplicas() Option {
	return func(c *config) {
		c.settings = append(c.settings, "wal_level=replica", "max_wal_senders=4", "wal_keep_size=256MB")
	}
}
