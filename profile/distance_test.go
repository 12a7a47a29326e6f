package profile

import "testing"

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"dev", "dev", 0},
		{"DEV", "dev", 0},
		{"dve", "dev", 1},
		{"de", "dev", 1},
		{"deev", "dev", 1},
		{"dex", "dev", 1},
		{"vde", "dev", 2},
		{"prod", "dev", 4},
		{"development", "dev", 1},
		{"", "dev", 3},
		{"a", "", 1},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q is %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	if got := distance("devices", "dex"); got < 100 {
		t.Errorf("a much longer name is %d away", got)
	}
}
