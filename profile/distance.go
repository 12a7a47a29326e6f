package profile

import (
	"math"
	"strings"
)

// distance returns the edit distance between a and b, or 1 if b is a prefix of a.
func distance(a, b string) int {
	if len(a) > len(b) && len(b) >= 3 && strings.EqualFold(a[:len(b)], b) {
		return 1
	}
	return editDistance(a, b)
}

// editDistance returns the case-insensitive optimal string alignment distance between a and
// b, or MaxInt if they are very long or differ much in length.
func editDistance(a, b string) int {
	if max(len(a), len(b)) > 64 || len(a) > len(b)+3 || len(b) > len(a)+3 {
		return math.MaxInt
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	// A transposition needs the two previous rows.
	size := len(b) + 1
	rows := make([]int, 3*size)
	row2, row1, row := rows[:size], rows[size:2*size], rows[2*size:]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		row2, row1, row = row1, row, row2
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row1[j]+cost, row1[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], row2[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
