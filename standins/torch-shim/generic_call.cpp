// One entry point for every operator of the dispatcher. Arguments become IValues guided by the operator's schema, the call
// enters at the top of the dispatcher, so autograd and version counters behave as they do in Python.
#include "shim.h"
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/Generator.h>
#include <ATen/core/ivalue.h>
#include <memory>
#include <vector>

namespace {

enum class Want : uint8_t { Any, Double, Bool, OptionalTensors, Tensors };

struct Operator {
  c10::OperatorHandle handle;
  std::vector<Want> wants;
  std::vector<c10::optional<c10::IValue>> defaults;
};

Want want_of(const c10::Argument& argument) {
  c10::TypePtr type = argument.type();
  if (type->kind() == c10::TypeKind::OptionalType) type = type->containedTypes()[0];
  switch (type->kind()) {
    case c10::TypeKind::FloatType: return Want::Double;
    case c10::TypeKind::BoolType: return Want::Bool;
    case c10::TypeKind::ListType:
      return type->containedTypes()[0]->kind() == c10::TypeKind::OptionalType ? Want::OptionalTensors : Want::Tensors;
    default: return Want::Any;
  }
}

c10::IValue tensor_list(const Arg& a, Want want) {
  auto handles = static_cast<void**>(a.p);
  if (want == Want::OptionalTensors) {
    c10::List<c10::optional<at::Tensor>> list;
    list.reserve(a.length);
    for (int i = 0; i < a.length; i++)
      list.push_back(handles[i] ? c10::optional<at::Tensor>(tensor_of(handles[i])) : c10::nullopt);
    return list;
  }
  c10::List<at::Tensor> list;
  list.reserve(a.length);
  for (int i = 0; i < a.length; i++) list.push_back(tensor_of(handles[i]));
  return list;
}

c10::IValue value_of(const Arg& a, const Operator& op, size_t position) {
  const Want want = op.wants[position];
  switch (a.tag) {
    case TENSOR: return a.p ? c10::IValue(tensor_of(a.p)) : c10::IValue();
    case INT:
      if (want == Want::Double) return static_cast<double>(a.i);
      if (want == Want::Bool) return a.i != 0;
      return a.i;
    case DOUBLE: return a.d;
    case BOOL: return a.i != 0;
    case INTS: return c10::List<int64_t>(at::IntArrayRef(static_cast<const int64_t*>(a.p), a.length));
    case DOUBLES: return c10::List<double>(at::ArrayRef<double>(static_cast<const double*>(a.p), a.length));
    case TENSORS: return tensor_list(a, want);
    case STRING: return std::string(static_cast<const char*>(a.p), a.length);
    case DEVICE: return c10::Device(static_cast<c10::DeviceType>(a.length), static_cast<c10::DeviceIndex>(a.i));
    case GENERATOR: return a.p ? c10::IValue(*static_cast<at::Generator*>(a.p)) : c10::IValue();
    case DEFAULT: break;
    default: return c10::IValue();
  }
  const auto& value = op.defaults[position];
  TORCH_CHECK(value.has_value(), op.handle.schema().name(), ": argument '",
              op.handle.schema().arguments()[position].name(), "' has no default");
  return *value;
}

void release(Arg* results, int count) {
  for (int i = 0; i < count; i++)
    if (results[i].tag == TENSOR) delete static_cast<at::Tensor*>(results[i].p);
}

Arg result(Tag tag) {
  Arg r;
  r.tag = tag;
  r.length = 0;
  r.i = 0;
  return r;
}

}  // namespace

API void* vl_find(const char* name, const char* overload) {
  void* found = nullptr;
  guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    TORCH_CHECK(handle.has_value(), "libtorch has no operator ", name, *overload ? "." : "", overload);
    auto op = std::make_unique<Operator>(Operator{*handle, {}, {}});
    for (const auto& argument : handle->schema().arguments()) {
      op->wants.push_back(want_of(argument));
      op->defaults.push_back(argument.default_value());
    }
    found = op.release();
  });
  return found;
}

// Returns the number of results (lists are flattened), or -1. A capacity of 0 discards them: in-place operators need none.
API int vl_call(void* op_handle, const Arg* args, int count, Arg* results, int capacity) {
  int k = 0;
  const int failed = guarded([&] {
    const auto& op = *static_cast<Operator*>(op_handle);
    const size_t formal = op.wants.size();
    TORCH_CHECK(static_cast<size_t>(count) <= formal, op.handle.schema().name(), ": ", count, " arguments for ", formal);
    torch::jit::Stack stack;
    stack.reserve(formal);
    const Arg missing = result(DEFAULT);
    for (size_t i = 0; i < formal; i++) stack.push_back(value_of(i < static_cast<size_t>(count) ? args[i] : missing, op, i));
    op.handle.callBoxed(stack);
    if (capacity == 0) return;
    auto put = [&](Arg r) {
      if (k == capacity) {
        release(&r, 1);
        TORCH_CHECK(false, op.handle.schema().name(), ": more than ", capacity, " results");
      }
      results[k++] = r;
    };
    for (auto& v : stack) {
      if (v.isTensor()) {
        Arg r = result(TENSOR);
        r.p = handle_of(std::move(v).toTensor());
        put(r);
      } else if (v.isTensorList()) {
        for (at::Tensor t : v.toTensorList()) {
          Arg r = result(TENSOR);
          r.p = handle_of(std::move(t));
          put(r);
        }
      } else if (v.isInt()) {
        Arg r = result(INT);
        r.i = v.toInt();
        put(r);
      } else if (v.isDouble()) {
        Arg r = result(DOUBLE);
        r.d = v.toDouble();
        put(r);
      } else if (v.isBool()) {
        Arg r = result(BOOL);
        r.i = v.toBool();
        put(r);
      } else {
        TORCH_CHECK(false, op.handle.schema().name(), ": unsupported result kind ", v.tagKind());
      }
    }
  });
  if (!failed) return k;
  release(results, k);
  return -1;
}
