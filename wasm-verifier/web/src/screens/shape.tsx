/** One shape a state: nobody needs colours to tell them apart. */

export type ShapeName = "valid" | "valid-check" | "not-valid" | "not-checked";

const OUTLINES: Readonly<Record<ShapeName, string>> = {
  valid: "M50 4a46 46 0 1 0 0 92a46 46 0 1 0 0-92z",
  "valid-check": "M50 6 97 92H3z",
  "not-valid": "M31 4h38l27 27v38L69 96H31L4 69V31z",
  "not-checked": "M8 8h84v84H8z",
};

const SIGNS: Readonly<Record<ShapeName, string>> = {
  valid: "M27 52l16 16 31-34",
  "valid-check": "M50 36v28M50 78v1",
  "not-valid": "M33 33l34 34M67 33 33 67",
  "not-checked": "M37 39c0-18 26-18 26-1 0 11-13 11-13 24M50 76v1",
};

export function Shape({ name }: { name: ShapeName }) {
  return (
    <svg class="shape" viewBox="0 0 100 100" aria-hidden="true" focusable="false">
      <path class="outline" d={OUTLINES[name]} />
      <path class="sign" d={SIGNS[name]} />
    </svg>
  );
}
