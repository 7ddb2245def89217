// Where libtorch has no operator to call by name: lifetime, metadata, memory, autograd, modes, threads, generators, devices.
#include "shim.h"
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>
#include <algorithm>
#include <cstring>
#include <vector>

thread_local std::string last_error;

API const char* vl_error() { return last_error.c_str(); }
API const char* vl_version() { return TORCH_VERSION; }

// ---- tensors ----
API void vl_free(void* t) { delete static_cast<at::Tensor*>(t); }
API int vl_dtype(void* t) { return static_cast<int>(tensor_of(t).scalar_type()); }
API int64_t vl_ndim(void* t) { return tensor_of(t).dim(); }
API int64_t vl_numel(void* t) { return tensor_of(t).numel(); }
API int64_t vl_element_size(void* t) { return static_cast<int64_t>(tensor_of(t).dtype().itemsize()); }
API void* vl_data(void* t) { return tensor_of(t).data_ptr(); }
API int vl_is_contiguous(void* t) { return tensor_of(t).is_contiguous(); }
API int vl_is_leaf(void* t) { return tensor_of(t).is_leaf(); }
API int vl_requires_grad(void* t) { return tensor_of(t).requires_grad(); }
API int64_t vl_storage_offset(void* t) { return tensor_of(t).storage_offset(); }
API int vl_set_requires_grad(void* t, int on) {
  return guarded([&] { tensor_of(t).requires_grad_(on != 0); });
}
API int vl_retain_grad(void* t) {
  return guarded([&] { tensor_of(t).retain_grad(); });
}
API void* vl_grad(void* t) { return handle_of(tensor_of(t).grad()); }
API int vl_set_grad(void* t, void* grad) {
  return guarded([&] { tensor_of(t).mutable_grad() = grad ? tensor_of(grad) : at::Tensor(); });
}
// Both write at most `capacity` numbers and return how many there are.
API int64_t vl_sizes(void* t, int64_t* sizes, int64_t capacity) {
  auto s = tensor_of(t).sizes();
  std::copy_n(s.begin(), std::min<int64_t>(s.size(), capacity), sizes);
  return s.size();
}
API int64_t vl_strides(void* t, int64_t* strides, int64_t capacity) {
  auto s = tensor_of(t).strides();
  std::copy_n(s.begin(), std::min<int64_t>(s.size(), capacity), strides);
  return s.size();
}
API int vl_device_type(void* t) { return static_cast<int>(tensor_of(t).device().type()); }
API int vl_device_index(void* t) { return tensor_of(t).device().index(); }
API void* vl_alias(void* t) { return handle_of(tensor_of(t)); }
// A new CPU tensor holding a copy of `bytes` bytes at `data`.
API void* vl_from_memory(const void* data, int64_t bytes, const int64_t* sizes, int64_t ndim, int dtype) {
  void* made = nullptr;
  guarded([&] {
    auto t = at::empty(at::IntArrayRef(sizes, ndim), at::TensorOptions(static_cast<at::ScalarType>(dtype)));
    const int64_t expected = t.numel() * static_cast<int64_t>(t.dtype().itemsize());
    TORCH_CHECK(bytes == expected, "shape ", t.sizes(), " needs ", expected, " bytes, but ", bytes, " were given");
    if (bytes > 0) std::memcpy(t.data_ptr(), data, bytes);
    made = handle_of(t);
  });
  return made;
}
API int vl_item(void* t, Arg* out) {
  return guarded([&] {
    const at::Scalar s = tensor_of(t).item();
    out->length = static_cast<int32_t>(tensor_of(t).scalar_type());
    if (s.isBoolean()) {
      out->tag = BOOL;
      out->i = s.toBool();
    } else if (s.isIntegral(false)) {
      out->tag = INT;
      out->i = s.toLong();
    } else {
      TORCH_CHECK(s.isFloatingPoint(), "item: complex numbers are not supported");
      out->tag = DOUBLE;
      out->d = s.toDouble();
    }
  });
}

// ---- autograd ----
static std::vector<at::Tensor> tensors(void** handles, int64_t count) {
  std::vector<at::Tensor> list;
  list.reserve(count);
  for (int64_t i = 0; i < count; i++) list.push_back(handles[i] ? tensor_of(handles[i]) : at::Tensor());
  return list;
}
API int vl_backward(void** outputs, int64_t n, void** grads, int64_t n_grads, int retain, int create, void** inputs, int64_t n_inputs) {
  return guarded([&] {
    torch::autograd::backward(tensors(outputs, n), tensors(grads, n_grads), retain != 0, create != 0, tensors(inputs, n_inputs));
  });
}
API int vl_autograd_grad(void** outputs, int64_t n, void** inputs, int64_t n_inputs, void** grads, int64_t n_grads, int retain, int create,
                         int allow_unused, void** results) {
  return guarded([&] {
    auto r = torch::autograd::grad(tensors(outputs, n), tensors(inputs, n_inputs), tensors(grads, n_grads), retain != 0, create != 0,
                                   allow_unused != 0);
    for (int64_t i = 0; i < n_inputs; i++) results[i] = handle_of(r[i]);
  });
}
API int vl_grad_enabled() { return at::GradMode::is_enabled(); }
API void vl_set_grad_enabled(int on) { at::GradMode::set_enabled(on != 0); }
API int vl_inference_enabled() { return c10::InferenceMode::is_enabled(); }
API void* vl_inference_enter(int on) { return new c10::InferenceMode(on != 0); }
API void vl_inference_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// ---- threads and devices ----
API int vl_get_threads() { return at::get_num_threads(); }
API int vl_set_threads(int n) {
  return guarded([&] { at::set_num_threads(n); });
}
API int vl_get_interop_threads() { return at::get_num_interop_threads(); }
API int vl_set_interop_threads(int n) {
  return guarded([&] { at::set_num_interop_threads(n); });
}
API int vl_cuda_available() { return at::hasCUDA(); }
API int vl_cuda_count() { return at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().getNumGPUs()) : 0; }
API int vl_cuda_synchronize(int index) {
  return guarded([&] { at::detail::getCUDAHooks().deviceSynchronize(index); });
}
API int vl_cuda_seed(int64_t seed) {
  return guarded([&] {
    for (int i = 0; i < at::detail::getCUDAHooks().getNumGPUs(); i++) {
      auto g = at::detail::getCUDAHooks().getDefaultCUDAGenerator(i);
      std::lock_guard<std::mutex> lock(g.mutex());
      g.set_current_seed(static_cast<uint64_t>(seed));
    }
  });
}

// ---- generators ----
static at::Generator& generator(void* g) { return *static_cast<at::Generator*>(g); }
API void* vl_generator_default() { return new at::Generator(at::detail::getDefaultCPUGenerator()); }
API void* vl_generator_new(uint64_t seed) { return new at::Generator(at::detail::createCPUGenerator(seed)); }
API void vl_generator_free(void* g) { delete static_cast<at::Generator*>(g); }
API void vl_generator_seed(void* g, int64_t seed) {
  std::lock_guard<std::mutex> lock(generator(g).mutex());
  generator(g).set_current_seed(static_cast<uint64_t>(seed));
}
API int64_t vl_generator_initial_seed(void* g) { return static_cast<int64_t>(generator(g).current_seed()); }
API void* vl_generator_state(void* g) {
  void* state = nullptr;
  guarded([&] {
    std::lock_guard<std::mutex> lock(generator(g).mutex());
    state = handle_of(generator(g).get_state());
  });
  return state;
}
API int vl_generator_set_state(void* g, void* state) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator(g).mutex());
    generator(g).set_state(tensor_of(state));
  });
}
