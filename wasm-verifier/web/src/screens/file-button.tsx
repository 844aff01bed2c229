import type { ComponentChildren } from "preact";

/** A button that chooses files. The input lies under its label, so keys and readers find it. */
export function FileButton(props: {
  accept?: string;
  multiple?: boolean;
  class?: string;
  take: (files: File[]) => void;
  children: ComponentChildren;
}) {
  return (
    <label class={`file ${props.class ?? ""}`}>
      <input
        type="file"
        accept={props.accept}
        multiple={props.multiple}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          // The same file again is a change too; and a picture of a certificate is not kept in a field.
          event.currentTarget.value = "";
          if (files.length > 0) props.take(files);
        }}
      />
      {props.children}
    </label>
  );
}
