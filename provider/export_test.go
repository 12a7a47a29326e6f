package provider

import "time"

// SetWaits makes an option of times that are real to a server or to other processes:
// see waits. Zero leaves one as it is.
func SetWaits(adopt, arrive, call time.Duration) func(*Options) {
	return func(o *Options) {
		for wait, d := range map[*time.Duration]time.Duration{&o.waits.adopt: adopt, &o.waits.arrive: arrive, &o.waits.call: call} {
			if d != 0 {
				*wait = d
			}
		}
	}
}
