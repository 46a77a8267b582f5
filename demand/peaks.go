package demand

import (
	"fmt"
	"time"
)

// Bimodal is the greater of two bells:
//
//	rate(x) = max(First(x), Second(x))
//
// Its integral has no short form where the bells differ; function Expect finds
// it.
type Bimodal struct{ First, Second Normal }

// Rate returns orders a second at t.
func (b Bimodal) Rate(t time.Time) float64 { return b.at(timeOfDay(t)) }

func (b Bimodal) at(x float64) float64 { return max(b.First.at(x), b.Second.at(x)) }

// String returns the recipe, as bimodal(normal(…), normal(…)).
func (b Bimodal) String() string { return fmt.Sprintf("bimodal(%v, %v)", b.First, b.Second) }

// Siesta is a day with a rest in its middle: the greater of two bells less a
// third, but never below a floor,
//
//	rate(x) = max(Floor, max(First(x), Second(x)) - Dip(x))
//
//	   .-.     .-.
//	  /   \   /   \
//	_/     \_/     \_
//
// Its integral has no closed form; function Expect finds it. Scaling all of a
// Siesta, floor included, takes a Scaled.
type Siesta struct {
	First, Second, Dip Normal
	Floor              float64 // orders a second
}

// Rate returns orders a second at t.
func (s Siesta) Rate(t time.Time) float64 {
	x := timeOfDay(t)
	return max(s.Floor, 0, max(s.First.at(x), s.Second.at(x))-s.Dip.at(x))
}

// String returns the recipe, as siesta(normal(…), normal(…); dip normal(…); floor 0.01).
func (s Siesta) String() string {
	return fmt.Sprintf("siesta(%v, %v; dip %v; floor %v)", s.First, s.Second, s.Dip, s.Floor)
}

// FourPeak is the greatest of four copies of a bell, moved evenly over part of
// the day and scaled from the bell's own scale evenly to EndScale:
//
//	rate(x) = max over i = 0..3 of (Scale + (EndScale - Scale) i/3) / Scale
//	          Peak(x - From - (To - From) i/3)
//
// Its integral has no closed form; function Expect finds it.
type FourPeak struct {
	Peak     Normal  // the first, before it is moved
	From, To float64 // by how much the first and the last are moved, in days
	EndScale float64 // the Scale of the last
}

// Rate returns orders a second at t.
func (f FourPeak) Rate(t time.Time) float64 {
	x, top := timeOfDay(t), 0.0
	for i := range 4 {
		part := float64(i) / 3
		p := Normal{
			Mu:    f.Peak.Mu + f.From + float64((f.To-f.From)*part),
			SD:    f.Peak.SD,
			Scale: f.Peak.Scale + float64((f.EndScale-f.Peak.Scale)*part),
		}
		top = max(top, p.at(x))
	}
	return top
}

// String returns the recipe, as fourpeak(normal(…); 0.333 to 0.667; end 0.85).
func (f FourPeak) String() string {
	return fmt.Sprintf("fourpeak(%v; %.4g to %.4g; end %v)", f.Peak, f.From, f.To, f.EndScale)
}
