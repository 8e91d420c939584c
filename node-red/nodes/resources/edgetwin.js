/* What the nodes' settings in the editor share: choices from the API of a server that is deployed. */

(function () {
  "use strict";

  const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
  let lists = 0;

  function isFilledIn(value) {
    return /^\$\{.+\}$/.test(value); // from the environment: known when it runs
  }

  /** A validator: true, or the sentence of the node's own catalogue. */
  function check(fits, key) {
    return function (value, options) {
      if (fits.call(this, value ?? "")) return true;
      return options ? this._(key) : false;
    };
  }

  /** What the server's site has; rejects with a sentence. */
  function look(server) {
    return new Promise((resolve, reject) => {
      $.getJSON("edgetwin/" + encodeURIComponent(server) + "/plant")
        .done(resolve)
        .fail((xhr) => reject(new Error(xhr.responseText || "no answer")));
    });
  }

  /** Offers `choices` ([value, title]) below a text field, in which all else may be typed too. */
  function offer(field, choices) {
    let id = field.attr("list");
    if (!id) {
      lists += 1;
      id = "edgetwin-list-" + lists;
      field.attr("list", id).after($("<datalist>").attr("id", id));
    }
    const options = choices.map(([value, title]) =>
      $("<option>").attr("value", value).text(title),
    );
    $("#" + id)
      .empty()
      .append(options);
  }

  /** Calls `show(plant)` for the server that is chosen, now and when another one is. */
  function follow(show, failed) {
    const field = $("#node-input-server");
    const ask = () => {
      const server = field.val();
      if (!server || server === "_ADD_") return;
      look(server).then(
        (plant) => {
          if (field.val() !== server) return;
          tell(failed, "");
          show(plant);
        },
        (error) => tell(failed, error.message),
      );
    };
    tell(failed, "");
    tell($("#edgetwin-names"), "");
    field.on("change", ask);
    ask();
  }

  /** Tells something below a field; nothing takes no room. */
  function tell(place, text) {
    place.text(text).toggle(text !== "");
  }

  function machines(plant) {
    return plant.machines.map(({ device, asset }) => [device, asset]);
  }

  /** The types of the machine that is named; all of them where it is not known. */
  function types(plant, device) {
    const machine = plant.machines.find((each) => each.device === device);
    return plant.types.filter(({ name }) => !machine || name === machine.asset);
  }

  function row(field, icon, content, prefix) {
    return (
      `<div class="form-row" id="edgetwin-row-${field}">` +
      `<label for="node-${prefix}-${field}"><i class="fa fa-${icon}"></i> ` +
      `<span data-i18n="label.${field}"></span></label> ${content}</div>`
    );
  }

  /** A row of a form: a field of text. With `hint` an empty one says what counts then. */
  function text(field, icon, { placeholder, hint, secret, config } = {}) {
    const prefix = config ? "config-input" : "input";
    const told = hint
      ? ` data-i18n="[placeholder]hint.${field}"`
      : ` placeholder="${placeholder ?? ""}"`;
    const kind = secret
      ? 'type="password" autocomplete="new-password"'
      : 'type="text" autocomplete="off"';
    const input = `<input ${kind} id="node-${prefix}-${field}"${told} />`;
    return row(field, icon, input, prefix);
  }

  /** A row with one of several words. */
  function choice(field, icon, words) {
    const options = words.map(
      (word) =>
        `<option value="${word}" data-i18n="${field}.${word || "none"}"></option>`,
    );
    const select = `<select id="node-input-${field}" style="width: 70%">`;
    return row(field, icon, `${select}${options.join("")}</select>`, "input");
  }

  /** A row of boxes to tick, one below the other. */
  function ticks(field, icon, words) {
    const boxes = words.map(
      (word) =>
        '<label style="display: block; width: auto">' +
        `<input type="checkbox" id="node-input-${word}" style="width: auto; margin: 0 6px 0 0" />` +
        `<span data-i18n="${field}.${word}"></span></label>`,
    );
    const span =
      '<span style="display: inline-block; vertical-align: top; width: 70%">';
    return row(field, icon, `${span}${boxes.join("")}</span>`, "input");
  }

  function box(id) {
    return `<div class="form-tips" id="${id}" style="margin-bottom: 12px"></div>`;
  }

  /** The names that a field may hold, listed below it. */
  const names = box("edgetwin-names");

  /** Fills the form of a type, which its page leaves empty, with rows. */
  function form(type, rows) {
    $(`script[data-template-name="${type}"]`).text(rows.join(""));
  }

  const machine = {
    value: "",
    validate: check(
      (value) => value === "" || isFilledIn(value) || NAME.test(value),
      "mistake.device",
    ),
  };

  /**
   * Registers a node that uses a server: its form begins with that and ends with its name.
   * `plant(found)` is told what the server has, `prepare()` is called before.
   */
  function register(type, { rows, defaults, prepare, plant, label, ...rest }) {
    const server = text("server", "server");
    form(type, [
      server + box("edgetwin-trouble"),
      ...rows,
      text("name", "tag"),
    ]);
    RED.nodes.registerType(type, {
      category: "edgetwin",
      icon: "edgetwin.svg",
      outputs: 1,
      defaults: {
        name: { value: "" },
        server: { type: "edgetwin-server", required: true },
        ...defaults,
      },
      label: function () {
        return this.name || label.call(this);
      },
      labelStyle: function () {
        return this.name ? "node_label_italic" : "";
      },
      oneditprepare: function () {
        prepare?.call(this);
        follow(plant, $("#edgetwin-trouble"));
      },
      ...rest,
    });
  }

  /** Offers the machines, and lists what `namesOf(type)` says of the chosen one's type. */
  function offerNames(plant, namesOf) {
    const device = $("#node-input-device");
    const list = () => {
      const found = types(plant, device.val()).flatMap(namesOf);
      tell($("#edgetwin-names"), [...new Set(found)].join(", "));
    };
    offer(device, machines(plant));
    device.on("change", list);
    list();
  }

  window.edgetwin = {
    ...{ NAME, check, isFilledIn, machine, machines, offer, offerNames, tell },
    ...{ choice, form, names, register, text, ticks },
  };
})();
