package command

import "strings"

// joinQuoted returns the arguments of credential-process as the config file has them. On Windows, several SDKs escape the
// quotes of the command for cmd.exe, so that --profile "a b" arrives as the words --profile, "a and b". Consecutive
// spaces become one.
func joinQuoted(args []string) []string {
	if len(args) == 0 || args[0] != "credential-process" {
		return args
	}
	var joined []string
	open := false
	for _, arg := range args {
		if open {
			joined[len(joined)-1] += " " + arg
		} else {
			joined = append(joined, arg)
		}
		open = open != (strings.Count(arg, `"`)%2 == 1)
	}
	if open {
		return args // the quotes mean something else
	}
	for i, arg := range joined {
		joined[i] = strings.ReplaceAll(arg, `"`, "")
	}
	return joined
}
