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
    if (i >= count_ || napi_get_value_double(env, values_[i], &value) != napi_ok)
      fail("a number was expected");
    return value;
  }
  void text(size_t i, char* out, size_t size) const {
    size_t length;
    if (i >= count_ || napi_get_value_string_utf8(env, values_[i], out, size, &length) != napi_ok) {
      out[0] = 0;
      fail("a string was expected");
    }
  }
  void* external(size_t i) const {
    void* data = nullptr;
    if (i >= count_ || napi_get_value_external(env, values_[i], &data) != napi_ok)
      fail("a network was expected");
    return data;
  }
  double property(size_t i, const char* name) const {
    napi_value value;
    double out = 0;
    if (i >= count_ || napi_get_named_property(env, values_[i], name, &value) != napi_ok ||
        napi_get_value_double(env, value, &out) != napi_ok) {
      fail(name);
    }
    return out;
  }
  /** The data of a typed array of this type and exactly this length. */
  void* array(size_t i, napi_typedarray_type wanted, size_t wanted_length) const {
    napi_typedarray_type type;
    size_t length, offset;
    void* data = nullptr;
    napi_value buffer;
    if (i >= count_ ||
        napi_get_typedarray_info(env, values_[i], &type, &length, &data, &buffer, &offset) != napi_ok ||
        type != wanted || length != wanted_length) {
      fail("a typed array has the wrong type or length");
      return nullptr;
    }
    return data;
  }

  /** Elements of a typed array. */
  size_t length(size_t i) const {
    size_t length = 0;
    if (i >= count_ ||
        napi_get_typedarray_info(env, values_[i], nullptr, &length, nullptr, nullptr, nullptr) != napi_ok) {
      fail("a typed array was expected");
    }
    return length;
  }
  bool is_null(size_t i) const {
    napi_valuetype type;
    return i < count_ && napi_typeof(env, values_[i], &type) == napi_ok && type == napi_null;
  }
  /** Argument `i` has lists of objects as properties. */
  uint32_t list_length(size_t i, const char* name) const {
    napi_value list;
    uint32_t length = 0;
    if (i >= count_ || napi_get_named_property(env, values_[i], name, &list) != napi_ok ||
        napi_get_array_length(env, list, &length) != napi_ok) {
      fail(name);
    }
    return length;
  }
  double list_property(size_t i, const char* list_name, uint32_t element, const char* name) const {
    napi_value list, object, value;
    double out = 0;
    if (i >= count_ || napi_get_named_property(env, values_[i], list_name, &list) != napi_ok ||
        napi_get_element(env, list, element, &object) != napi_ok ||
        napi_get_named_property(env, object, name, &value) != napi_ok ||
        napi_get_value_double(env, value, &out) != napi_ok) {
      fail(name);
    }
    return out;
  }

  napi_value result(double value) const {
    napi_value out = nullptr;
    napi_create_double(env, value, &out);
    return out;
  }

 private:
  size_t count_ = MOST;
  napi_value values_[MOST];
};
