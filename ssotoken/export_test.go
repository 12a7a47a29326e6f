package ssotoken

import "time"

// SetWaits makes an option of the waits in real time. Zero leaves one as it is.
func SetWaits(adopt, arrive, call time.Duration) func(*Options) {
	return func(o *Options) {
		for wait, d := range map[*time.Duration]time.Duration{&o.waits.adopt: adopt, &o.waits.arrive: arrive, &o.waits.call: call} {
			if d != 0 {
				*wait = d
			}
		}
	}
}
