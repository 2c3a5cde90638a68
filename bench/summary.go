package main

import "slices"

// summary is the middle of what the rounds gave, and where the middle eight
// tenths of them lie.
type summary struct {
	Median float64 `json:"median"`
	P10    float64 `json:"p10"`
	P90    float64 `json:"p90"`
}

// newSummary sorts the values.
func newSummary(values []float64) summary {
	slices.Sort(values)
	return summary{Median: quantile(values, 0.5), P10: quantile(values, 0.1), P90: quantile(values, 0.9)}
}

func summarize[T any](items []T, value func(T) float64) summary {
	values := make([]float64, len(items))
	for i, item := range items {
		values[i] = value(item)
	}
	return newSummary(values)
}

// quantile interpolates between the two nearest of the sorted values. There has
// to be one at least.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}
