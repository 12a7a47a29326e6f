package command

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/shellenv"
	"github.com/latchkey-sso/latchkey/profile"
)

// serveFlags are the flags of latchkey serve.
type serveFlags struct {
	selection

	listen, socket     string
	port               uint16
	hosts              []string
	format             string
	shell              shellenv.Shell // that format stands for
	envFile, tokenFile string
	rotate             time.Duration
	imds               bool
}

const (
	// tokenGrace is how long the previous token is accepted after a rotation. SDKs read the token
	// file before each request.
	tokenGrace = 5 * time.Minute

	// shutdownTime is how long requests may take to finish when the server stops.
	shutdownTime = 3 * time.Second
)

func (a *app) serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve [profile...]",
		Short: "Serve credentials to containers and long-running programs",
		Long: `Serve the credentials of one or more profiles over HTTP, as AWS SDKs expect them in
containers, and renew them before they expire. Latchkey prints the environment variables
that clients need and serves until you press Ctrl-C:

  latchkey serve dev --port 4711 --env-file dev.env &
  docker run --network host --env-file dev.env IMAGE

Each profile has its own token, which is new each time the server starts. With --token-file,
clients read it from a file, so they survive a restart, and SIGHUP or --rotate replaces it.

If you are not signed in, responses are errors with the code LoginRequired, and credentials
follow as soon as you run latchkey login. Each request is logged to stderr as a line of JSON.`,
		Example: `  latchkey serve dev --port 4711 --env-file dev.env
  latchkey serve --all --allow-role ReadOnly
  latchkey serve dev prod --token-file /run/user/1000/{profile}.token`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.names = append(f.names, args...)
			if err := f.check(cmd); err != nil {
				return err
			}
			stopping := []os.Signal{syscall.SIGTERM, os.Interrupt}
			if f.tokenFile == "" {
				stopping = append(stopping, syscall.SIGHUP) // with a token file, it rotates the token
			}
			_, _, err := untilSignal(cmd.Context(), func(ctx context.Context) (struct{}, error) {
				return struct{}{}, a.serve(ctx, f)
			}, stopping...)
			return err
		},
	}
	f.register(cmd)
	return cmd
}

func (f *serveFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.names, "profile", "p", nil, "profile to serve; repeatable (default: $AWS_PROFILE, else \"default\")")
	_ = cmd.RegisterFlagCompletionFunc("profile", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		names, _, _ := profile.Names() // completion offers what can be read
		return completions(names), cobra.ShellCompDirectiveNoFileComp
	})
	flags.BoolVar(&f.all, "all", false, "serve every profile that has role credentials")
	flags.StringArrayVar(&f.allowProfiles, "allow-profile", nil, "serve only profiles whose name matches this pattern, such as 'dev-*'; repeatable")
	flags.StringArrayVar(&f.allowRoles, "allow-role", nil, "serve only roles that match this pattern, such as ReadOnly or '111122223333/*'; repeatable")
	flags.Uint16Var(&f.port, "port", 0, "port to listen on (default: a free port)")
	flags.StringVar(&f.listen, "listen", "127.0.0.1", "address to listen on; on an address that is not loopback, credentials cross the network unencrypted")
	flags.StringArrayVar(&f.hosts, "allow-host", nil, "also accept this name in the Host header, such as host.docker.internal; repeatable")
	flags.StringVar(&f.socket, "unix", "", "also listen on this Unix socket, for forwarding")
	flags.StringVar(&f.format, "print", "", "format of the environment: "+strings.Join(shellenv.Names(), ", ")+" (default: that of the system's shell; dotenv with --env-file)")
	flags.StringVar(&f.envFile, "env-file", "", "write the environment to this file, mode 0600, instead of stdout; "+placeholder+" stands for the profile")
	flags.StringVar(&f.tokenFile, "token-file", "", "keep the token in this file, mode 0600, instead of the environment; "+placeholder+" stands for the profile")
	flags.DurationVar(&f.rotate, "rotate", 0, "replace the token in --token-file this often, such as 1h")
	flags.BoolVar(&f.imds, "imds", false, "also serve IMDSv2, for programs that support only EC2 instance metadata")
}

// check rejects flags that contradict each other, and fills in defaults.
func (f *serveFlags) check(cmd *cobra.Command) error {
	wrong := func(text string) error { return &usageError{text: text, hint: cmd.CommandPath() + " --help"} }
	switch {
	case f.all && len(f.names) > 0:
		return wrong("--all and profile names cannot be used together")
	case f.rotate != 0 && f.tokenFile == "":
		return wrong("--rotate needs --token-file")
	case f.rotate < 0 || f.rotate > 0 && f.rotate < time.Second:
		return wrong("--rotate must be at least one second")
	case net.ParseIP(f.listen) == nil:
		return wrong(fmt.Sprintf("--listen needs an IP address, not %q", f.listen))
	}
	switch {
	case f.format != "":
		shell, err := parseShell(f.format)
		f.shell = shell
		return err
	case f.envFile != "":
		f.shell = shellenv.DotEnv
	default:
		f.shell = shellenv.Default()
	}
	return nil
}
