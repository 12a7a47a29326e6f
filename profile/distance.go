package profile

import (
	"math"
	"strings"
)

// distance returns how far the name b is from the name a: their edit distance, or 1 if a
// starts with b.
func distance(a, b string) int {
	if len(a) > len(b) && len(b) >= 3 && strings.EqualFold(a[:len(b)], b) {
		return 1
	}
	return editDistance(a, b)
}

// editDistance returns how many letters to change, add, remove or swap with the next to
// make a of b, regardless of case (optimal string alignment). It gives up on words that are
// much longer or shorter, or very long.
func editDistance(a, b string) int {
	if max(len(a), len(b)) > 64 || len(a) > len(b)+3 || len(b) > len(a)+3 {
		return math.MaxInt
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	// Three rows of the table of distances between the starts of a and of b.
	size := len(b) + 1
	rows := make([]int, 3*size)
	before, above, row := rows[:size], rows[size:2*size], rows[2*size:]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j]+cost, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
