/**
 * The GPU's side of `render/kernel.py` and `render/spatial.py`, formula by formula.
 *
 * Rows count from the top. Between passes a picture is RGBA16UI, 0..65535 for 0..1: every WebGL2 can draw into it, and
 * 1/257 code value is finer than what any step makes of it. `result` is what a pass computes of one pixel, in code
 * values 0..255; an ending decides where it goes.
 */

export const VERTEX = `#version 300 es
void main() {  // one triangle that covers everything
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
precision highp usampler2DArray;
precision highp usampler3D;
uniform sampler2D source;    // the picture as it was uploaded, 8 bits
uniform usampler2D image;    // the picture as the pass before left it
uniform usampler2D second;   // what else a pass needs
uniform usampler2DArray stack;  // what a blur left: of every four pixels along its axis one in each layer
uniform usampler2DArray wide;   // the same of a wider one

const vec3 LUMA = vec3(0.2126, 0.7152, 0.0722);  // ITU-R BT.709, on encoded values

vec4 loaded(usampler2D planes, ivec2 at) {
  return vec4(texelFetch(planes, at, 0)) * (1.0 / 65535.0);
}
vec4 blurred(usampler2DArray planes, ivec2 at) {
  return vec4(texelFetch(planes, ivec3(at.x, at.y >> 2, at.y & 3), 0)) * (1.0 / 65535.0);
}
uvec4 stored(vec4 values) {
  return uvec4(clamp(values, 0.0, 1.0) * 65535.0 + 0.5);
}
`;

/** Ending: the picture for the next pass. */
const TO_PLANES = `
out uvec4 planes;
void main() {
  planes = stored(vec4(result(ivec2(gl_FragCoord.xy)) / 255.0, 1.0));
}`;

/** Ending: 8 bits, rounded to the nearest; left of the split the picture as it was. */
const TO_BYTES = `
uniform ivec2 size;     // of the picture
uniform vec2 pitch;     // pixels of it from one drawn pixel to the next
uniform ivec2 origin;   // where on the target it begins
uniform bool upwards;   // whether the target's rows count from the bottom, as a canvas's do
uniform int split;      // columns that stay as they were
out vec4 colour;
void main() {
  ivec2 at = min(ivec2((gl_FragCoord.xy - vec2(origin)) * pitch), size - 1);
  if (upwards) at.y = size.y - 1 - at.y;
  vec4 original = texelFetch(source, at, 0);
  colour = original;
  if (at.x >= split) colour.rgb = floor(result(at) + 0.5) / 255.0;
}`;

/** The packed kernel: the same integers, so the same code values. */
const POINTWISE = `
uniform usampler3D table;  // lanes 0..8160: 1/32 code values
uniform int points;        // a side; 0: no table
const ivec3 RED = ivec3(1, 0, 0), GREEN = ivec3(0, 1, 0), BLUE = ivec3(0, 0, 1);

ivec3 along(uint key) {
  uint axis = key & 3u;
  return axis == 0u ? RED : axis == 1u ? GREEN : BLUE;
}
vec3 result(ivec2 at) {
  vec3 value = floor(texelFetch(source, at, 0).rgb * 255.0 + 0.5);
  if (points == 0) return value;
  ivec3 position = ivec3(value) * (points - 1);
  ivec3 cell = min((position + 1 + (position >> 8)) >> 8, points - 2);  // position / 255, exact below 65535
  ivec3 rest = position - cell * 255;
  uvec3 weight = uvec3(rest + (rest >> 7));  // rest * 256 / 255, rounded
  uvec3 keys = weight << 2 | uvec3(0u, 1u, 2u);  // sorting by weight carries along which axis to step on
  uint high = max(max(keys.r, keys.g), keys.b), low = min(min(keys.r, keys.g), keys.b);
  uint middle = keys.r + keys.g + keys.b - high - low;
  uint w1 = high >> 2, w2 = middle >> 2, w3 = low >> 2;
  ivec3 next = cell + along(high);
  uvec3 lanes = texelFetch(table, cell, 0).rgb * (256u - w1)
    + texelFetch(table, next, 0).rgb * (w1 - w2)
    + texelFetch(table, next + along(middle), 0).rgb * (w2 - w3)
    + texelFetch(table, cell + 1, 0).rgb * w3;
  return vec3(lanes) / 8192.0;
}`;

/** OpenCV's INTER_AREA: the mean over what a smaller pixel covers. */
const AREA = `
uniform vec2 corner;   // where the smaller picture lies on the larger
uniform vec2 scale;    // pixels of the larger to one of the smaller
uniform ivec2 bounds;  // the larger picture's size

vec4 mean(ivec2 at) {
  vec2 from = corner + vec2(at) * scale, to = from + scale;
  ivec2 first = ivec2(floor(from + 1e-3)), last = min(ivec2(ceil(to - 1e-3)), bounds);
  vec4 sum = vec4(0);
  vec2 covered = vec2(0);
  for (int y = first.y; y < last.y; y++) {
    float height = min(float(y + 1), to.y) - max(float(y), from.y);
    vec4 row = vec4(0);
    float wide = 0.0;
    for (int x = first.x; x < last.x; x++) {
      float width = min(float(x + 1), to.x) - max(float(x), from.x);
      row += width * fetched(ivec2(x, y));
      wide += width;
    }
    sum += height * row / wide;
    covered.y += height;
  }
  return sum / covered.y;
}`;

const AREA_OF_SOURCE = `
vec4 fetched(ivec2 at) { return texelFetch(source, at, 0); }
${AREA}
out vec4 colour;
void main() { colour = mean(ivec2(gl_FragCoord.xy)); }`;

/** @param {string} ending */
const areaOfImage = (ending) => `
vec4 fetched(ivec2 at) { return loaded(image, at); }
${AREA}
out uvec4 planes;
void main() {
  vec4 value = mean(ivec2(gl_FragCoord.xy));
  ${ending}
}`;

/** Beyond the border a picture is mirrored, its last pixel once (BORDER_REFLECT_101). */
const MIRRORED = `
uniform bool folded;  // whether that reaches beyond a whole picture
ivec2 mirrored(ivec2 place, ivec2 last) {
  place = abs(place);
  if (folded) place %= max(2 * last, 1);
  return min(place, 2 * last - place);
}`;

/** A Gaussian down the columns. */
const BLUR_DOWN = `
const int MOST = 64;
uniform float weights[MOST];  // the middle's, then outwards
uniform int reach;            // the last of them
out uvec4 planes;

${MIRRORED}
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy), last = textureSize(image, 0) - 1;
  vec4 sum = weights[0] * loaded(image, at);
  for (int step = 1; step <= reach; step++) {
    ivec2 away = ivec2(0, step);
    sum += weights[step] * (loaded(image, mirrored(at - away, last)) + loaded(image, mirrored(at + away, last)));
  }
  planes = stored(sum);
}`;

/** Where a wide Gaussian reads, and along which axis it goes. */
const READ = {
  across: "texelFetch(image, ivec2(place, cross), 0)",
  acrossStack: "texelFetch(stack, ivec3(place, cross >> 2, cross & 3), 0)",
  downStack: "texelFetch(stack, ivec3(cross >> 2, place, cross & 3), 0)",
};

/**
 * A wide Gaussian along one axis. Each drawn pixel makes four, one in each layer: so every value that is read serves
 * four times, and reading is what costs.
 * @param {keyof typeof READ} read
 * @param {"vec2" | "vec3"} kind of value: as many channels as are needed
 * @param {string} ending what becomes of a blurred value
 * @param {string} [needed] declarations for it
 */
const blurFour = (read, kind, ending, needed = "") => `
const int MOST = 130;
uniform vec4 shares[MOST];  // of each value within reach: what it gives to the four
uniform int reach;          // from the four outwards
uniform int fold;           // where a picture's mirrored end meets its beginning, which is twice its last place
uniform bool folded;        // whether that reaches beyond a whole picture
layout(location = 0) out uvec4 layer0;
layout(location = 1) out uvec4 layer1;
layout(location = 2) out uvec4 layer2;
layout(location = 3) out uvec4 layer3;
${needed}
vec4 ended(${kind} value, ivec2 at) {
  ${ending}
}
void main() {
  ivec2 drawn = ivec2(gl_FragCoord.xy);
  int along = 4 * drawn.${read === "downStack" ? "y" : "x"}, cross = drawn.${read === "downStack" ? "x" : "y"};
  ${kind} one = ${kind}(0), two = ${kind}(0), three = ${kind}(0), four = ${kind}(0);
  for (int step = 0; step < 2 * reach + 4; step++) {
    int place = abs(along - reach + step);
    if (folded) place %= max(fold, 1);
    place = max(min(place, fold - place), 0);  // what is beyond is drawn for nothing
    ${kind} value = ${kind}(${READ[read]});
    vec4 share = shares[step];
    one += share.x * value;
    two += share.y * value;
    three += share.z * value;
    four += share.w * value;
  }
  ivec2 at = ${read === "downStack" ? "ivec2(cross, along)" : "ivec2(along, cross)"};
  const ivec2 next = ${read === "downStack" ? "ivec2(0, 1)" : "ivec2(1, 0)"};
  layer0 = stored(ended(one, at));
  layer1 = stored(ended(two, at + next));
  layer2 = stored(ended(three, at + 2 * next));
  layer3 = stored(ended(four, at + 3 * next));
}`;

/** Bilinear between the pixels of a blurred copy, of which there is one for every `spacing` of the reduced one. */
const BETWEEN = `
uniform ivec2 whole;  // the size of what is larger
uniform ivec2 part;   // the size of the reduced copy
uniform int spacing;

vec4 between(usampler2DArray reduced, ivec2 at) {
  vec2 place = clamp((vec2(at) + 0.5) * vec2(part) / vec2(whole) - 0.5, vec2(0), vec2(part - 1)) / float(spacing);
  ivec2 first = ivec2(place), next = min(first + 1, (part + spacing - 2) / spacing);
  vec2 share = place - vec2(first);
  vec4 upper = mix(blurred(reduced, first), blurred(reduced, ivec2(next.x, first.y)), share.x);
  vec4 lower = mix(blurred(reduced, ivec2(first.x, next.y)), blurred(reduced, next), share.x);
  return mix(upper, lower, share.y);
}`;

/** Every second pixel, of its neighbourhood by 1 2 1 each way: what a wide blur leaves is as well told by these. */
const HALVE = `
${MIRRORED}
out uvec4 planes;
void main() {
  ivec2 last = textureSize(image, 0) - 1, at = 2 * ivec2(gl_FragCoord.xy);
  vec4 sum = vec4(0);
  for (int y = -1; y <= 1; y++) {
    for (int x = -1; x <= 1; x++) {
      sum += float((2 - abs(x)) * (2 - abs(y))) * loaded(image, mirrored(at + ivec2(x, y), last));
    }
  }
  planes = stored(sum / 16.0);
}`;

/** From mean and mean square to the coefficients of the guided filter. */
const GUIDE = `
float variance = max(value.g - value.r * value.r, 0.0);
float share = variance / (variance + 0.15 * 0.15);
return vec4(share, value.r * (1.0 - share), 0, 1);`;

const STRUCTURE = `
${BETWEEN}
uniform float gain;
vec3 result(ivec2 at) {
  vec3 value = loaded(image, at).rgb;
  vec2 coefficients = between(stack, at).rg;
  float light = dot(LUMA, value), ends = 2.0 * light - 1.0;
  float change = gain * (light - coefficients.r * light - coefficients.g) * (1.0 - ends * ends * ends * ends);
  return 255.0 * clamp(value + change, 0.0, 1.0);
}`;

/** Luma, four pixels of a row in one, so that a blur takes a quarter of the steps; `margin` of them on each side. */
const PACK_LUMA = `
${MIRRORED}
uniform int margin;
out uvec4 planes;
const ivec2 RIGHT = ivec2(1, 0);
float luma(ivec2 at, ivec2 last) {
  return dot(LUMA, loaded(image, mirrored(at, last)).rgb);
}
void main() {
  ivec2 last = textureSize(image, 0) - 1, at = ivec2(gl_FragCoord.xy);
  at.x = 4 * (at.x - margin);
  planes = stored(vec4(luma(at, last), luma(at + RIGHT, last), luma(at + 2 * RIGHT, last), luma(at + 3 * RIGHT, last)));
}`;

/** A Gaussian along rows that are packed so: a matrix says what four pixels give to the four here. */
const BLUR_PACKED = `
const int WIDEST = 17;
uniform mat4 shares[WIDEST];
uniform int margin;
out uvec4 planes;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  vec4 sum = vec4(0);
  for (int step = 0; step <= 2 * margin; step++) sum += shares[step] * loaded(image, at + ivec2(step, 0));
  planes = stored(sum);
}`;

const SHARPEN = `
uniform float gain;
vec3 result(ivec2 at) {
  vec3 value = loaded(image, at).rgb;
  vec4 four = loaded(second, ivec2(at.x >> 2, at.y));
  vec2 two = (at.x & 2) == 0 ? four.rg : four.ba;
  float blurred = (at.x & 1) == 0 ? two.r : two.g;
  float detail = gain * (dot(LUMA, value) - blurred);
  return 255.0 * clamp(value + detail / (1.0 + abs(detail) / 0.12), 0.0, 1.0);
}`;

const HIGHLIGHTS = `
float bright = clamp((dot(LUMA, value.rgb) - 0.5) / 0.5, 0.0, 1.0);
planes = stored(vec4(value.rgb * (bright * bright * (3.0 - 2.0 * bright)), 1.0));`;

/** The narrow blur's end: the wide one comes to it, read between the pixels of its smaller copy. */
const GLOW = "return vec4((value + between(wide, at * every).rgb) * gain, 1);";

const BLOOM = `
${BETWEEN}
vec3 result(ivec2 at) {
  vec3 value = loaded(image, at).rgb;
  return 255.0 * (value + between(stack, at).rgb * (1.0 - value));
}`;

const STORE = "planes = stored(value);";
const TWO = "return vec4(value, 0, 1);";
const THREE = "return vec4(value, 1);";
const LUMA_AND_SQUARE =
  "float light = dot(LUMA, value.rgb); planes = stored(vec4(light, light * light, 0, 1));";

const BODIES = {
  pointwise: POINTWISE + TO_PLANES,
  pointwiseToBytes: POINTWISE + TO_BYTES,
  structure: STRUCTURE + TO_PLANES,
  structureToBytes: STRUCTURE + TO_BYTES,
  sharpen: SHARPEN + TO_PLANES,
  sharpenToBytes: SHARPEN + TO_BYTES,
  bloom: BLOOM + TO_PLANES,
  bloomToBytes: BLOOM + TO_BYTES,
  reduceSource: AREA_OF_SOURCE,
  reduce: areaOfImage(STORE),
  reduceToLuma: areaOfImage(LUMA_AND_SQUARE),
  reduceToHighlights: areaOfImage(HIGHLIGHTS),
  acrossTwo: blurFour("across", "vec2", TWO),
  acrossStack: blurFour("acrossStack", "vec2", TWO),
  downTwo: blurFour("downStack", "vec2", TWO),
  downToGuide: blurFour("downStack", "vec2", GUIDE),
  across: blurFour("across", "vec3", THREE),
  down: blurFour("downStack", "vec3", THREE),
  downToGlow: blurFour("downStack", "vec3", GLOW, `${BETWEEN}\nuniform float gain;\nuniform int every;  // pixels of the larger from one here to the next`),
  halve: HALVE,
  blurDown: BLUR_DOWN,
  packLuma: PACK_LUMA,
  blurPacked: BLUR_PACKED,
};

/** @typedef {keyof typeof BODIES} Pass */

/** Fragment shaders by their pass. */
export const FRAGMENTS = /** @type {Record<Pass, string>} */ (
  Object.fromEntries(Object.entries(BODIES).map(([pass, body]) => [pass, HEAD + body]))
);

export const MOST_WEIGHTS = 64; // MOST in BLUR_DOWN; BLUR_FOUR has twice as many, and two
export const MOST_SHARES = 17; // WIDEST in BLUR_PACKED
