package provider

import "time"

// ShortWaits makes an option of waits that are real to a server or another process.
func ShortWaits(adopt, arrive time.Duration) func(*Options) {
	return func(o *Options) { o.waits = waits{adopt: adopt, arrive: arrive} }
}

// CallTimeout is how long one request may take.
const CallTimeout = callTimeout
