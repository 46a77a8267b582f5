// Package dmath has the exponential and the logarithm for numbers that decide
// bytes. The functions of package math are assembly on some architectures and
// may be contracted to fused multiply-adds on others, so that their last bit
// differs from machine to machine. These are plain Go, every product that is
// added to is rounded by an explicit conversion, and the result is the same
// bits everywhere.
//
// The method is the usual one of table and polynomial (Tang, "Table-driven
// implementation of the logarithm function in IEEE floating-point arithmetic",
// ACM TOMS 16, 1990, and his paper on the exponential, ACM TOMS 15, 1989): the
// table takes care of the leading seven bits and holds its values to twice the
// precision, so that the polynomial need not be long and what it rounds away
// hardly shows. Results are within 0.53 units in the last place of the truth,
// Log1p's within 1.
package dmath

//go:generate go run generate.go
