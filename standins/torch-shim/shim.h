// What the two halves of the shim share: error handling and the handle conventions.
// A tensor handle is an at::Tensor* owned by the caller; 0 stands for an undefined tensor.
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>
#include <string>

#define API extern "C" __attribute__((visibility("default")))

extern thread_local std::string last_error;

// Runs f and returns 0; on an exception keeps its message for vl_error and returns 1. No exception crosses the C boundary.
template <class F>
inline int guarded(F&& f) noexcept {
  try {
    f();
    return 0;
  } catch (const c10::Error& e) {
    last_error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    last_error = e.what();
  } catch (...) {
    last_error = "unknown native exception";
  }
  return 1;
}

inline at::Tensor& tensor_of(void* handle) { return *static_cast<at::Tensor*>(handle); }
inline void* handle_of(at::Tensor t) { return t.defined() ? new at::Tensor(std::move(t)) : nullptr; }

// One argument or result. The managed side declares the same 16 bytes.
struct Arg {
  int32_t tag;
  int32_t length;
  union {
    int64_t i;
    double d;
    void* p;
  };
};
enum Tag : int32_t { NONE, TENSOR, INT, DOUBLE, BOOL, INTS, TENSORS, STRING, DOUBLES, DEVICE, GENERATOR, DEFAULT };
