package keyed

import "github.com/kafkanauts/kafkanauts/internal/dmath"

// The ziggurat of the exponential density exp(-x) (Marsaglia and Tsang, "The
// ziggurat method for generating random variables", Journal of Statistical Software
// 5(8), 2000): layers of one area, the lowest of which has the tail in it. Layer i
// reaches from 0 to edge[i] and, in height, from exp(-edge[i]) to exp(-edge[i+1]).
const (
	layers = 256
	tail   = 7.69711747013104972            // where the tail begins
	area   = 0.0039496598225815571993036904 // of each layer
)

// exponential is the ziggurat, in units of the whole numbers below 2^53 that a
// place within a layer is drawn from.
var exponential = func() (z struct {
	sure   [layers]uint64  // places below it lie under the density for certain
	unit   [layers]float64 // the width of one
	height [layers + 1]float64
}) {
	var edge [layers + 1]float64
	edge[0] = float64(area * dmath.Exp(tail))
	edge[1] = tail
	for i := 1; i < layers-1; i++ {
		edge[i+1] = -dmath.Log(float64(area/edge[i]) + dmath.Exp(-edge[i]))
	}
	for i := range layers {
		z.sure[i] = uint64(float64(edge[i+1] / edge[i] * 0x1p53))
		z.unit[i] = edge[i] * 0x1p-53
		z.height[i] = dmath.Exp(-edge[i])
	}
	z.height[layers] = 1
	return z
}()

// Exponential returns a number of the exponential distribution with mean 1, at
// least 0. It takes one word 99 times in 100.
func (s *Source) Exponential() float64 {
	u := s.Uint64()
	layer, place := u%layers, u>>11
	x := float64(float64(place) * exponential.unit[layer])
	if place < exponential.sure[layer] {
		return x
	}
	return s.unsure(layer, x)
}

// unsure decides about a place that may lie above the density.
func (s *Source) unsure(layer uint64, x float64) float64 {
	for {
		if layer == 0 { // beyond the tail's beginning the density repeats itself
			return tail - dmath.Log(s.Open())
		}
		low, high := exponential.height[layer], exponential.height[layer+1]
		if low+float64(s.Float64()*(high-low)) < dmath.Exp(-x) {
			return x
		}
		u := s.Uint64()
		layer = u % layers
		place := u >> 11
		x = float64(float64(place) * exponential.unit[layer])
		if place < exponential.sure[layer] {
			return x
		}
	}
}
