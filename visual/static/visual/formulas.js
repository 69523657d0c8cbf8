/**
 * The equations of each kind of cell, as tokens of MathML with the values of one unit put in. A token is
 * {tag, text, quantity?, index?, strong?}; one with an index stands with it as a subscript.
 */

import { decimal, signed } from "./format.js";

const operator = (text) => ({ tag: "mo", text });
const word = (text) => ({ tag: "mi", text, upright: true });
const symbol = (text, quantity, index = null) => ({ tag: "mi", text, quantity, index });
const number = (value, quantity) => ({ tag: "mn", text: value < 0 ? `(${decimal(value)})` : decimal(value), quantity });
const result = (text, quantity) => ({ tag: "mn", text, quantity, strong: true });

const X = symbol("x", "layer_input", "t");
const H = symbol("h", "hidden_state", "t");
const H_BEFORE = symbol("h", "hidden_state_before", "t−1");
const EQUALS = operator("=");
const PLUS = operator("+");
const TIMES = operator("·");
const OPEN = operator("(");
const CLOSE = operator(")");
const WEIGHTED = [word("W"), X, PLUS, word("U"), H_BEFORE, PLUS, word("b")];

/**
 * Return the equations of `cell`: [{id, step, tokens, isGeneral}], where `value` has the unit's values by name and
 * `layer_input` is what the layer reads. General ones hold no value; they are left out where all steps are shown at once.
 */
export function formulas(cell, value, layer_input) {
  return [
    { id: "layer_input", step: 1, tokens: layer_input.length === 1 ? [X, EQUALS, result(signed(layer_input[0]), "layer_input")] : [] },
    { id: "hidden_state_before", step: 1, tokens: [H_BEFORE, EQUALS, result(signed(value.hidden_state_before), "hidden_state_before")] },
    ...FORMULAS[cell](value),
  ].filter(({ tokens }) => tokens.length > 0);
}

const FORMULAS = { lstm, gru, rnn };

function lstm(value) {
  const { forget_gate: f, input_gate: i, output_gate: o, candidate: g, cell_state: c, cell_state_before: before } = value;
  const C = symbol("c", "cell_state", "t");
  const F = symbol("f", "forget_gate", "t");
  const I = symbol("i", "input_gate", "t");
  const G = symbol("g", "candidate", "t");
  const O = symbol("o", "output_gate", "t");
  return [
    sum(2),
    squashed(2, F, "σ", value, "forget_gate"),
    squashed(2, I, "σ", value, "input_gate"),
    squashed(2, G, "tanh", value, "candidate"),
    squashed(2, O, "σ", value, "output_gate"),
    { id: "cell_state_symbols", step: 3, tokens: [C, EQUALS, F, TIMES, symbol("c", "cell_state_before", "t−1"), PLUS, I, TIMES, G] },
    { id: "cell_state", step: 3, tokens: [
      EQUALS, number(f, "forget_gate"), TIMES, number(before, "cell_state_before"), PLUS, number(i, "input_gate"), TIMES,
      number(g, "candidate"), EQUALS, result(signed(c), "cell_state"),
    ] },
    { id: "hidden_state", step: 4, tokens: [
      H, EQUALS, O, TIMES, word("tanh"), OPEN, C, CLOSE, EQUALS, number(o, "output_gate"), TIMES, number(Math.tanh(c), "cell_state"),
      EQUALS, result(signed(value.hidden_state), "hidden_state"),
    ] },
  ];
}

function gru(value) {
  const { update_gate: u, reset_gate: r, candidate: g, candidate_before: heard, hidden_state_before: before } = value;
  const U = symbol("u", "update_gate", "t");
  const R = symbol("r", "reset_gate", "t");
  const G = symbol("g", "candidate", "t");
  return [
    sum(2),
    squashed(2, U, "σ", value, "update_gate"),
    squashed(2, R, "σ", value, "reset_gate"),
    { id: "candidate_symbols", step: 3, tokens: [G, EQUALS, word("tanh"), OPEN, word("W"), X, PLUS, word("b"), PLUS, R, TIMES, word("U"), H_BEFORE, CLOSE] },
    { id: "candidate", step: 3, tokens: [
      EQUALS, word("tanh"), OPEN, number(value.candidate_sum - r * heard, "layer_input"), PLUS, number(r, "reset_gate"), TIMES,
      number(heard, "hidden_state_before"), CLOSE, EQUALS, result(signed(g), "candidate"),
    ] },
    { id: "hidden_state_symbols", step: 4, tokens: [H, EQUALS, U, TIMES, H_BEFORE, PLUS, OPEN, { tag: "mn", text: "1" }, operator("−"), U, CLOSE, TIMES, G] },
    { id: "hidden_state", step: 4, tokens: [
      EQUALS, number(u, "update_gate"), TIMES, number(before, "hidden_state_before"), PLUS, number(1 - u, "update_gate"), TIMES,
      number(g, "candidate"), EQUALS, result(signed(value.hidden_state), "hidden_state"),
    ] },
  ];
}

function rnn(value) {
  const Z = symbol("z", "hidden_state_sum", "t");
  return [
    { id: "sum", step: 2, tokens: [Z, EQUALS, ...WEIGHTED] },
    { id: "hidden_state_sum", step: 2, tokens: [EQUALS, result(signed(value.hidden_state_sum), "hidden_state_sum")] },
    { id: "hidden_state", step: 3, tokens: [
      H, EQUALS, word("tanh"), OPEN, Z, CLOSE, EQUALS, word("tanh"), OPEN, number(value.hidden_state_sum, "hidden_state_sum"), CLOSE,
      EQUALS, result(signed(value.hidden_state), "hidden_state"),
    ] },
  ];
}

/** What each gate reads: the same input, by its own weights. */
function sum(step) {
  return { id: "sum", step, isGeneral: true, tokens: [symbol("z", null), EQUALS, ...WEIGHTED] };
}

/** One quantity, the function that squeezes its sum, and the sum itself. */
function squashed(step, left, squash, value, quantity) {
  return { id: quantity, step, tokens: [
    left, EQUALS, word(squash), OPEN, { tag: "mn", text: signed(value[`${quantity}_sum`]) }, CLOSE, EQUALS,
    result(quantity === "candidate" ? signed(value[quantity]) : decimal(value[quantity]), quantity),
  ] };
}
