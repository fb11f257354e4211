/* The only function that Go programs need of bcryptprimitives.dll, which Wine 8
   lacks: random numbers, taken from where older programs take them. */
#include <windows.h>

BOOLEAN WINAPI SystemFunction036(void *buffer, ULONG length); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *buffer, SIZE_T length) { return SystemFunction036(buffer, (ULONG)length); }
