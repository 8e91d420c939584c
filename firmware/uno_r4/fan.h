// A 12 V DC fan on a cabinet: firmware/models/fan.py, line by line, in C++.
//
// Air carries heat away as speed to the 0.8 (turbulent convection, Dittus and Boelter); current
// rises as speed to the 2.2 (the air's power as its cube, the motor's efficiency with it);
// vibration of a rigid rotor rises with the square of its speed and with wear. The order of the
// operations is that of the Python model: in double the two give the same bits.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "noise.h"

namespace edgetwin {

constexpr int kChannels = 5;
constexpr const char* kChannelNames[kChannels] = {"temperature", "rpm", "current", "vibration",
                                                  "ambient"};
constexpr int kChannelDecimals[kChannels] = {2, 0, 3, 3, 2};
constexpr const char* kChannelUnits[kChannels] = {"\xC2\xB0" "C", "rpm", "A", "mm/s",
                                                  "\xC2\xB0" "C"};
constexpr int kTruths = 5;  // "normal" and the faults; their index goes into a record
constexpr const char* kTruthNames[kTruths] = {"normal", "overcurrent", "thermal_drift",
                                              "vibration_spikes", "stuck_sensor"};
enum Truth : uint8_t { kNormal, kOvercurrent, kThermalDrift, kVibrationSpikes, kStuckSensor };
constexpr const char* kModelName = "virtual fan, 12 V";

template <typename Real>
class Fan {
 public:
  static constexpr Real kLowestRpm = Real(600.0);
  static constexpr Real kHighestRpm = Real(1600.0);

  explicit Fan(uint32_t seed) : noise_(seed) {
    rise_c_ = noise_.about(Real(18.0), Real(0.10));
    thermal_s_ = noise_.about(Real(12.0), Real(0.15));
    still_air_ = noise_.about(Real(0.15), Real(0.20));
    inertia_s_ = noise_.about(Real(0.8), Real(0.15));
    idle_a_ = noise_.about(Real(0.16), Real(0.15));
    aero_a_ = noise_.about(Real(0.86), Real(0.08));
    base_vibration_ = noise_.about(Real(0.72), Real(0.12));
    boost_rpm_per_c_ = noise_.about(Real(22.0), Real(0.15));
    boost_from_c_ = noise_.about(Real(48.0), Real(0.03));
    ambient_mean_c_ = noise_.uniform(Real(20.0), Real(24.0));
    day_ = noise_.uniform(Real(0.0), kTurn);
    wear_ = noise_.uniform(Real(0.0), Real(0.3));
    life_s_ = noise_.about(Real(20000.0 * 3600.0), Real(0.2));
    ambient_c_ = ambient_mean_c_;
    temperature_c_ = ambient_c_ + rise_c_;
    healthy_c_ = temperature_c_;
  }

  // Aims at rpm revolutions a minute; false: outside what this fan can do.
  bool set_point(Real rpm) {
    if (!(kLowestRpm <= rpm && rpm <= kHighestRpm)) {
      return false;
    }
    set_point_rpm_ = rpm;
    return true;
  }

  // Begins a fault (not kNormal); one that is present begins to recover.
  void inject(Truth fault) {
    fault_ = fault;
    stuck_ = fault == kStuckSensor ? static_cast<int>(noise_.below(kSticking)) : -1;
    if (fault == kOvercurrent) {
      drag_a_ = noise_.uniform(Real(2.6), Real(3.5));
      growth_s_ = noise_.uniform(Real(0.9), Real(1.5));
    } else if (fault == kThermalDrift) {
      block_depth_ = noise_.uniform(Real(0.60), Real(0.72));
    } else if (fault == kVibrationSpikes) {
      spike_mm_s_ = noise_.uniform(Real(3.5), Real(6.5));
      spike_in_s_ = Real(0.0);
    }
  }

  // Begins the recovery from whatever fault is present.
  void clear() {
    fault_ = kNormal;
    stuck_ = -1;
  }

  // kNormal, or the fault from its onset until its symptoms have gone.
  Truth truth() const {
    if (fault_ != kNormal) {
      return fault_;
    }
    const Real excess = (temperature_c_ - healthy_c_) / kFullExcessC;
    const Real shares[3] = {drag_, std::fmax(Real(0.0), std::fmin(Real(1.0), excess)), imbalance_};
    int most = 0;
    for (int index = 1; index < 3; ++index) {
      most = shares[index] >= shares[most] ? index : most;
    }
    return shares[most] >= kGone ? static_cast<Truth>(kOvercurrent + most) : kNormal;
  }

  // Advances by dt_s seconds; values() is then what the sensors see.
  void step(Real dt_s) {
    grow(dt_s);
    drift(dt_s);
    turn(dt_s);
    heat(dt_s);
    sense(current_a(), vibration(dt_s));
  }

  const Real* values() const { return values_; }  // kChannels of them

 private:
  static constexpr Real kTurn = Real(2.0) * Real(3.141592653589793);
  static constexpr Real kRatedRpm = Real(1200.0);
  static constexpr uint32_t kSticking = 4;  // the channels that may stick
  static constexpr Real kGone = Real(0.2);  // below this share a symptom is no fault any more
  static constexpr Real kFullExcessC = Real(15.0);

  // The part of its way a first-order lag covers in dt_s.
  static Real share(Real dt_s, Real time_constant_s) {
    return Real(1.0) - std::exp(-dt_s / time_constant_s);
  }

  Real toward(Real level, Truth fault, Real dt_s, Real time_constant_s) const {
    const Real aim = fault_ == fault ? Real(1.0) : Real(0.0);
    return level + (aim - level) * share(dt_s, time_constant_s);
  }

  void grow(Real dt_s) {
    drag_ = toward(drag_, kOvercurrent, dt_s, growth_s_);
    blocked_ = toward(blocked_, kThermalDrift, dt_s, Real(0.5));
    imbalance_ = toward(imbalance_, kVibrationSpikes, dt_s, Real(0.6));
  }

  // Room and load wander over minutes; the load as an Ornstein-Uhlenbeck process of 3 % standard
  // deviation and 90 s correlation.
  void drift(Real dt_s) {
    day_ = std::fmod(day_ + dt_s * (kTurn / Real(3600.0)), kTurn);
    const Real room_c = ambient_mean_c_ + Real(1.2) * std::sin(day_);
    ambient_c_ += (room_c - ambient_c_) * share(dt_s, Real(120.0));
    const Real kick = Real(0.03) * std::sqrt(Real(2.0) * std::fmin(dt_s, Real(45.0)) / Real(90.0));
    load_ += (Real(1.0) - load_) * share(dt_s, Real(90.0)) + noise_.normal(kick);
  }

  // The controller holds the set point and adds speed when its heat sink is hot.
  void turn(Real dt_s) {
    const Real hot_c = std::fmax(Real(0.0), temperature_c_ - boost_from_c_);
    Real aim = std::fmin(kHighestRpm, set_point_rpm_ + boost_rpm_per_c_ * hot_c);
    aim *= Real(1.0) - Real(0.35) * drag_;
    rpm_ += (aim - rpm_) * share(dt_s, inertia_s_);
    wear_ += dt_s * rpm_ / (kRatedRpm * life_s_);
  }

  void heat(Real dt_s) {
    const Real air = std::pow(rpm_ / kRatedRpm, Real(0.8));
    const Real free = still_air_ + (Real(1.0) - still_air_) * air;
    const Real passed = free * (Real(1.0) - block_depth_ * blocked_);
    const Real heat_c = rise_c_ * load_ * (Real(1.0) + Real(0.06) * drag_);
    temperature_c_ = warm(temperature_c_, heat_c, passed, dt_s);
    healthy_c_ = warm(healthy_c_, heat_c, free, dt_s);
  }

  // Heat balance with one thermal mass: heat in, heat out by air, exact over dt_s.
  Real warm(Real temperature_c, Real heat_c, Real cooling, Real dt_s) const {
    const Real settled_c = ambient_c_ + heat_c / cooling;
    return temperature_c + (settled_c - temperature_c) * share(dt_s, thermal_s_ / cooling);
  }

  Real current_a() const {
    const Real speed = rpm_ / kRatedRpm;
    const Real aero =
        aero_a_ * std::pow(speed, Real(2.2)) * (Real(1.0) + Real(0.06) * blocked_);
    const Real own = idle_a_ + aero + Real(0.1) * wear_ * speed;
    return own + (drag_a_ - own) * drag_;
  }

  Real vibration(Real dt_s) {
    const Real speed = rpm_ / kRatedRpm;
    Real own = base_vibration_ * (Real(0.2) + Real(0.8) * speed * speed) *
               (Real(1.0) + Real(0.6) * wear_);
    own *= Real(1.0) + Real(0.3) * imbalance_ + Real(0.15) * drag_;
    return own + spike(dt_s);
  }

  // Impacts of a loose rotor, two to six a second.
  Real spike(Real dt_s) {
    spike_in_s_ -= dt_s;
    if (imbalance_ < kGone || spike_in_s_ > Real(0.0)) {
      return Real(0.0);
    }
    spike_in_s_ = noise_.uniform(Real(0.15), Real(0.5));
    return spike_mm_s_ * noise_.uniform(Real(0.6), Real(1.2)) * std::sqrt(imbalance_);
  }

  // Noise, and the steps of a converter several times smaller than the noise.
  void sense(Real current_a, Real vibration) {
    constexpr Real noise[kChannels] = {Real(0.06), Real(6.0), Real(0.012), Real(0.035),
                                       Real(0.05)};
    constexpr Real steps[kChannels] = {Real(100.0), Real(1.0), Real(1000.0), Real(1000.0),
                                       Real(100.0)};
    const Real exact[kChannels] = {temperature_c_, rpm_, current_a, vibration, ambient_c_};
    for (int index = 0; index < kChannels; ++index) {
      if (index == stuck_ && sensed_) {
        continue;
      }
      const Real seen = exact[index] + noise_.normal(noise[index]);
      values_[index] = std::fmax(Real(0.0), std::nearbyint(seen * steps[index])) / steps[index];
    }
    sensed_ = true;
  }

  Noise<Real> noise_;
  Real rise_c_, thermal_s_, still_air_, inertia_s_, idle_a_, aero_a_, base_vibration_;
  Real boost_rpm_per_c_, boost_from_c_, ambient_mean_c_, day_, wear_, life_s_;
  Real ambient_c_, temperature_c_;
  Real healthy_c_;  // what the temperature would be with free air
  Real load_ = Real(1.0);
  Real set_point_rpm_ = kRatedRpm;
  Real rpm_ = kRatedRpm;
  Truth fault_ = kNormal;
  int stuck_ = -1;  // index of the channel
  Real drag_ = Real(0.0), blocked_ = Real(0.0), imbalance_ = Real(0.0);  // 0 to 1
  Real drag_a_ = Real(3.0);
  Real growth_s_ = Real(1.2);
  Real block_depth_ = Real(0.7);
  Real spike_mm_s_ = Real(4.0);
  Real spike_in_s_ = Real(0.0);
  Real values_[kChannels] = {};
  bool sensed_ = false;
};

}  // namespace edgetwin
