// What the binding needs from Node's C interface: typed arguments in, numbers out, errors as exceptions.
#pragma once

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdint.h>
#include <string.h>

/**
 * The arguments of one call. A reading that fails leaves a JavaScript exception pending and returns null
 * or 0.
 */
class Call {
 public:
  static constexpr size_t MOST = 13;

  Call(napi_env env, napi_callback_info info) : env(env) {
    napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr);
  }

  const napi_env env;

  bool failed() const {
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    return pending;
  }
  napi_value fail(const char* message) const {
    if (!failed()) napi_throw_error(env, nullptr, message);
    return nullptr;
  }

  double number(size_t i) const {
    double value = 0;
    if (i >= count_ || napi_get_value_double(env, values_[i], &value) != napi_ok) {
      fail("a number was expected");
    }
    return value;
  }
  /** A whole number within bounds, which an int holds; `least` if it is not, with this message. */
  int whole(size_t i, int least, int most, const char* message) const {
    const double value = number(i);
    if (value >= least && value <= most && value == (int)value) return (int)value;
    fail(message);
    return least;
  }
  /** A number that counts, up to where every whole number is a double. */
  double counter(size_t i, const char* message) const {
    const double value = number(i);
    if (!(value >= 0 && value <= 0x1p53 && value == (double)(uint64_t)value)) fail(message);
    return value;
  }
  void text(size_t i, char* out, size_t size) const {
    size_t length;
    if (i >= count_ || napi_get_value_string_utf8(env, values_[i], out, size, &length) != napi_ok) {
      out[0] = 0;
      fail("a string was expected");
    }
  }
  /** What `tagged_external` made with this tag. */
  void* external(size_t i, const napi_type_tag& tag) const {
    bool ours = false;
    void* data = nullptr;
    if (i >= count_ || type_of(i) != napi_external ||
        napi_check_object_type_tag(env, values_[i], &tag, &ours) != napi_ok || !ours ||
        napi_get_value_external(env, values_[i], &data) != napi_ok) {
      fail("a network was expected");
    }
    return data;
  }

  /** The data of a typed array of this type, whatever its length; null, too, if it is empty or detached. */
  void* array(size_t i, napi_typedarray_type wanted, size_t* length) const {
    napi_typedarray_type type;
    size_t offset;
    void* data = nullptr;
    napi_value buffer;
    bool own = false;
    *length = 0;
    if (i >= count_ ||
        napi_get_typedarray_info(env, values_[i], &type, length, &data, &buffer, &offset) != napi_ok ||
        type != wanted) {
      fail("a typed array has the wrong type or length");
      return nullptr;
    }
    // Another thread could change shared memory between the check and the use.
    if (napi_is_arraybuffer(env, buffer, &own) != napi_ok || !own) {
      fail("a typed array is shared between threads");
      return nullptr;
    }
    return data;
  }
  /** The same for an array of exactly this length. */
  void* array(size_t i, napi_typedarray_type wanted, size_t wanted_length) const {
    size_t length;
    void* data = array(i, wanted, &length);
    if (length == wanted_length) return data;
    fail("a typed array has the wrong type or length");
    return nullptr;
  }
  bool is_null(size_t i) const { return type_of(i) == napi_null; }

  napi_value result(double value) const {
    napi_value out = nullptr;
    napi_create_double(env, value, &out);
    return out;
  }

 private:
  napi_valuetype type_of(size_t i) const {
    napi_valuetype type = napi_undefined;
    if (i < count_) napi_typeof(env, values_[i], &type);
    return type;
  }

  size_t count_ = MOST;
  napi_value values_[MOST];
};
