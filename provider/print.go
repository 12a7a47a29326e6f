package provider

import "fmt"

// Format prints which profile it is for, whatever the verb, and no secret.
func (p *Provider) Format(w fmt.State, _ rune) {
	if p.profile == nil {
		_, _ = fmt.Fprint(w, "provider.Provider")
		return
	}
	_, _ = fmt.Fprintf(w, "provider.Provider(profile %q)", p.profile.Name)
}
