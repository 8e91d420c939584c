// Steps the C++ fan as told on stdin, and prints what its sensors and its truth say.
#include <cstdio>
#include <iostream>
#include <string>

#include "fan.h"

using edgetwin::Fan;
using edgetwin::Truth;

template <typename Real>
void run() {
  Fan<Real> fan(0);
  std::string order, text;
  double number = 0.0;
  while (std::cin >> order) {
    if (order == "new") {
      std::cin >> number;
      fan = Fan<Real>(static_cast<uint32_t>(number));
    } else if (order == "clear") {
      fan.clear();
    } else if (order == "set_point") {
      std::cin >> number;
      std::printf("%d\n", fan.set_point(static_cast<Real>(number)));
    } else if (order == "inject") {
      std::cin >> text;
      for (int index = 1; index < edgetwin::kTruths; ++index) {
        if (text == edgetwin::kTruthNames[index]) {
          fan.inject(static_cast<Truth>(index));
        }
      }
    } else if (order == "step") {
      std::cin >> number;
      fan.step(static_cast<Real>(number));
      for (int index = 0; index < edgetwin::kChannels; ++index) {
        std::printf("%.17g ", static_cast<double>(fan.values()[index]));
      }
      std::printf("%s\n", edgetwin::kTruthNames[fan.truth()]);
    }
    std::fflush(stdout);
  }
}

int main(int count, char**) { count > 1 ? run<float>() : run<double>(); }
