//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// STOP writes the place of the lowest bit of R8, counted from BX, as stop k, and
// clears it. Where R8 is 0 it writes anything. What has no TZCNTQ takes it for
// BSFQ, which differs for 0 alone.
#define STOP(k) \
	TZCNTQ R8, R9; \
	LEAQ   -1(R8), R10; \
	ADDL   BX, R9; \
	ANDQ   R10, R8; \
	MOVB   R9, k(R11)

// MASK gathers the high bits of X2, X3, X4, X5 in R8, but for the lowest CX.
#define MASK \
	PMOVMSKB X2, R8; \
	PMOVMSKB X3, R9; \
	PMOVMSKB X4, R10; \
	PMOVMSKB X5, R11; \
	SHLQ     $16, R9; \
	SHLQ     $32, R10; \
	SHLQ     $48, R11; \
	ORQ      R9, R8; \
	ORQ      R11, R10; \
	ORQ      R10, R8; \
	SHRQ     CX, R8

// func find(s *stops, b *byte, n int, delim byte)
TEXT ·find(SB), NOSPLIT, $0-25
	MOVQ    s+0(FP), DI
	MOVQ    b+8(FP), SI
	MOVQ    n+16(FP), R15
	MOVBQZX delim+24(FP), AX

	// X0: the delimiter, sixteen times. X1: the least of all bytes.
	MOVQ       AX, X0
	PUNPCKLBW  X0, X0
	PSHUFLW    $0, X0, X0
	PUNPCKLQDQ X0, X0
	PCMPEQB    X1, X1

	LEAQ -64(SI)(R15*1), DX // the last block is the last 64 bytes,
	XORL CX, CX             // of which CX have been seen
	XORL AX, AX             // how many stops there are
	XORL BX, BX             // where the block begins
	LEAQ stops_wide(DI), R12

block:
	CMPQ SI, DX
	JBE  whole
	MOVQ SI, CX
	SUBQ DX, CX
	MOVQ DX, SI

whole:
	MOVOU    (SI), X2
	MOVOU    16(SI), X3
	MOVOU    32(SI), X4
	MOVOU    48(SI), X5
	MASK
	MOVQ     R8, (R12)
	PMINUB   X2, X1
	PMINUB   X3, X1
	PMINUB   X4, X1
	PMINUB   X5, X1
	PCMPEQB  X0, X2
	PCMPEQB  X0, X3
	PCMPEQB  X0, X4
	PCMPEQB  X0, X5
	MASK

	// R13: how many bits of R8 are set.
	MOVQ  $0x5555555555555555, R9
	MOVQ  R8, R13
	SHRQ  $1, R13
	ANDQ  R9, R13
	MOVQ  R8, R10
	SUBQ  R13, R10
	MOVQ  $0x3333333333333333, R9
	MOVQ  R10, R13
	ANDQ  R9, R10
	SHRQ  $2, R13
	ANDQ  R9, R13
	ADDQ  R10, R13
	MOVQ  R13, R10
	SHRQ  $4, R10
	ADDQ  R10, R13
	MOVQ  $0x0f0f0f0f0f0f0f0f, R9
	ANDQ  R9, R13
	MOVQ  $0x0101010101010101, R9
	IMULQ R9, R13
	SHRQ  $56, R13

	LEAQ stops_at(DI)(AX*1), R11
	ADDQ R13, AX
	CMPQ AX, $15
	JA   done // too many
	STOP(0)
	STOP(1)
	STOP(2)
	STOP(3)
	STOP(4)
	STOP(5)
	STOP(6)
	STOP(7)
	TESTQ R8, R8
	JNE  more

next:
	ADDQ $64, BX
	ADDQ $8, R12
	ADDQ $64, SI
	CMPQ BX, R15
	JB   block

	// A byte is below 0x20 if 0x1f is not the lesser.
	MOVQ       $0x1f1f1f1f1f1f1f1f, R9
	MOVQ       R9, X2
	PUNPCKLQDQ X2, X2
	PMINUB     X1, X2
	PCMPEQB    X1, X2
	PMOVMSKB   X2, R9
	MOVQ       R9, stops_low(DI)
	MOVB       R15, stops_at(DI)(AX*1)

done:
	MOVQ AX, stops_n(DI)
	RET

more:
	ADDQ $8, R11

again:
	STOP(0)
	INCQ  R11
	TESTQ R8, R8
	JNE   again
	JMP   next
