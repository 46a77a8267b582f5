package demand

import (
	"fmt"
	"math"
)

// Count is the expected number of orders of a Poisson process: a count of its
// orders varies by the square root of it.
type Count float64

// SD returns the standard deviation of the number of orders, the square root of
// the expected one.
func (c Count) SD() float64 { return math.Sqrt(float64(c)) }

// Band returns the central band that holds the number of orders with at least
// the probability level, 0.99 for instance: with at most half of the rest on
// either side. Up to an expected 1,000 orders it sums the distribution;
// above, it takes the Cornish-Fisher expansion of the quantile to three terms (Abramowitz and
// Stegun 26.2.49), rounded outwards, which is off by one order at most. A level
// of 1 or more, or a Count that is not finite, has no band: low is 0 and high
// the largest integer.
func (c Count) Band(level float64) (low, high int64) {
	mean, tail := float64(c), (1-level)/2
	switch {
	case mean == 0:
		return 0, 0
	case !(tail > 0) || !sound(mean) || mean > 1e18:
		return 0, math.MaxInt64
	case tail >= 0.5:
		tail = 0.5
	}
	if mean <= 1000 {
		return summed(mean, tail)
	}
	z := math.Sqrt2 * math.Erfinv(1-2*tail)
	spread, skew := z*math.Sqrt(mean), (z*z-1)/6
	kurt := (z*z*z - z) / (72 * math.Sqrt(mean)) // Edgeworth's terms for skewness and kurtosis, together: -(z³ - z)/72
	return int64(math.Floor(mean - spread + skew + kurt)), int64(math.Ceil(mean + spread + skew - kurt))
}

// summed returns the greatest low and the least high with P(N < low) <= tail
// and P(N > high) <= tail.
func summed(mean, tail float64) (low, high int64) {
	var below float64 // P(N < n)
	low = -1
	for n := int64(0); ; n++ {
		logGamma, _ := math.Lgamma(float64(n) + 1)
		here := math.Exp(float64(n)*math.Log(mean) - mean - logGamma)
		if low < 0 && below+here > tail {
			low = n
		}
		below += here
		// Beyond the mean a term of 0 means that the sum will not grow.
		if 1-below <= tail || float64(n) > mean && here < 1e-18 {
			return max(low, 0), n
		}
	}
}

// String returns the number and its 99 % band, as 3512345 (3507518 to 3517173).
func (c Count) String() string {
	low, high := c.Band(0.99)
	return fmt.Sprintf("%.0f (%d to %d)", float64(c), low, high)
}
