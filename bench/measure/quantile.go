package measure

import "slices"

// Quantile returns the value below which that share of the values lies: 0.5 is the median.
func Quantile(values []float64, share float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(share*float64(len(sorted)-1)+0.5)]
}

// Median returns the median of the values.
func Median(values []float64) float64 { return Quantile(values, 0.5) }
