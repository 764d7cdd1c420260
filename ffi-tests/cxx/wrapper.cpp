// The C++ wrapper alone, twice, before anything else, and after the C header.
#include <signet.hpp>
#include <signet.hpp>
#include <signet.h>

int main() {}
